/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of advice that are more than a name or a number. Which part is which: advice_fill.c. */
#include "causes/advice_words.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "causes/catalogue.h"
#include "util/foreign.h"

/* What a sentence says where nothing is known. */
const char *part_unknown(struct part *p, const char *words)
{
	p->missing = true;
	return words;
}

/* Where the kernel gives no reason, the function that freed the packet tells. */
const char *words_meaning(struct part *p)
{
	const struct drop *d = &p->j->drop;
	const struct reason_row *r = catalogue_reason(d->reason);
	const struct place_row *place = catalogue_place(d->location);

	if (r && strcmp(r->name, "NOT_SPECIFIED"))
		return r->meaning;
	r = place && place->reason ? catalogue_reason(place->reason) : NULL;
	if (r)
		return r->meaning;
	if (!d->reason[0] || !strcmp(d->reason, "NOT_SPECIFIED"))
		return "the kernel gives no reason for it";
	snprintf(p->buf, sizeof(p->buf),
		 "the kernel's reason is %.47s, which is newer than waybill", d->reason);
	return p->buf;
}

/* What is missing where no socket takes it: what begins a conversation needs a listener. */
const char *words_nobody(struct part *p, const struct wb_packet *k)
{
	char dst[64], src[64];

	packet_addr(k->family, k->daddr, dst, sizeof(dst));
	packet_addr(k->family, k->saddr, src, sizeof(src));
	if (packet_has_ports(k) && !k->dport)
		snprintf(p->buf, sizeof(p->buf),
			 "it is for port 0 of %s, on which nobody can listen", dst);
	else if (k->proto == IPPROTO_TCP && (k->tcp_flags & 0x12) == 0x12)
		snprintf(p->buf, sizeof(p->buf),
			 "it answers a connection from %s port %u to %s port %u, and there is none",
			 dst, k->dport, src, k->sport);
	else if (k->proto == IPPROTO_TCP && !(k->tcp_flags & 0x02))
		snprintf(p->buf, sizeof(p->buf),
			 "there is no connection between %s port %u and %s port %u here", dst,
			 k->dport, src, k->sport);
	else
		snprintf(p->buf, sizeof(p->buf), "nobody listens on %s port %u", dst, k->dport);
	return p->buf;
}

/* The devices that are to be looked at, by whose function it was. */
const char *words_tunnels(const char *function)
{
	static const struct {
		const char *prefix, *type;
	} rows[] = {
		{"vxlan_", " type vxlan"},     {"geneve_", " type geneve"},
		{"ipip_", " type ipip"},       {"sit_", " type sit"},
		{"ip6_tnl", " type ip6tnl"},   {"vti6_", " type vti6"},
		{"vti_", " type vti"},	       {"ip6gre", " type ip6gre"},
		{"gre_", " type gre"},	       {"ipgre_", " type gre"},
		{"wg_", " type wireguard"},    {"macsec_", " type macsec"},
		{"bareudp_", " type bareudp"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strncmp(function, rows[i].prefix, strlen(rows[i].prefix)))
			return rows[i].type;
	return "";
}

/* The sockets that it may be for, and their memory; ports that are none (ICMP's) name nobody. */
const char *words_sockets(struct part *p, const struct wb_packet *k)
{
	const char *option = k->proto == IPPROTO_TCP   ? "t"
			     : k->proto == IPPROTO_UDP ? "u"
			     : k->proto == 132	       ? "S"
						       : "w";

	p->ready = true;
	if (packet_has_ports(k) && k->dport)
		snprintf(p->buf, sizeof(p->buf), "ss -%sanmp sport = :%u", option, k->dport);
	else
		snprintf(p->buf, sizeof(p->buf), "ss -%sanmp", option);
	return p->buf;
}

/* Who listens, in the words of the tool that knows this protocol. */
const char *words_listeners(struct part *p, const struct wb_packet *k)
{
	const char *option = k->proto == IPPROTO_UDP ? "u" : k->proto == 132 ? "S" : "t";

	p->ready = true;
	if (k->proto == 136)
		return k->family == 6 ? "cat /proc/net/udplite6" : "cat /proc/net/udplite";
	/* what is for no listener has, or had, a connection */
	if (k->proto == IPPROTO_TCP && (k->tcp_flags & 0x12) != 0x02)
		snprintf(p->buf, sizeof(p->buf), "ss -tanp sport = :%u", k->dport);
	else if (!k->dport)
		snprintf(p->buf, sizeof(p->buf), "ss -%slnp", option);
	else
		snprintf(p->buf, sizeof(p->buf), "ss -%slnp sport = :%u", option, k->dport);
	return p->buf;
}

static bool sent_here(const struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].at.netns_inum == j->drop.at.netns_inum)
			return j->steps[i].station == WB_STATION_SOCKET_SEND;
	return false;
}

/* What the look-up for it was told besides where it goes, as ip route get takes it. */
const char *words_asked(struct part *p, const struct wb_packet *k)
{
	const struct drop *d = &p->j->drop;
	struct text t = {0};
	char src[64];

	p->ready = true;
	if (d->station == WB_STATION_ROUTE_IN && d->at.dev[0]) {
		packet_addr(k->family, k->saddr, src, sizeof(src));
		text_printf(&t, " from %s iif ", src);
		foreign_put(&t, FOREIGN_SHELL, d->at.dev);
	}
	/* who sends it chose its source before it looked for the way */
	if (d->station == WB_STATION_NEIGHBOUR && sent_here(p->j) && packet_has_addr(k->saddr)) {
		packet_addr(k->family, k->saddr, src, sizeof(src));
		text_printf(&t, " from %s", src);
	}
	if (d->mark_known && d->mark)
		text_printf(&t, " mark 0x%x", d->mark);
	if (d->at.dev[0] == '-')
		part_unknown(p, "");
	snprintf(p->buf, sizeof(p->buf), "%s", t.s ? t.s : "");
	text_free(&t);
	return p->buf;
}

/* Why a router keeps it, where a setting was found for it, or can't be read. */
const char *words_not_on(struct part *p, const struct wb_packet *k)
{
	char src[64];

	if (k->family != 6 || !packet_is_link_local(k->saddr))
		return "forwarding is off, or one of its addresses is only valid on its own link";
	packet_addr(k->family, k->saddr, src, sizeof(src));
	snprintf(p->buf, sizeof(p->buf), "its source, %s, is only valid on its own link", src);
	return p->buf;
}

static bool came_back(const struct journey *j)
{
	return j->n_steps && j->steps[0].station == WB_STATION_SOCKET_SEND &&
	       j->steps[0].at.netns_inum == j->drop.at.netns_inum;
}

/* Its source counts as one of this host's own: by an address, or only by what its mark leads to. */
const char *words_own_source(struct part *p, const struct wb_packet *k)
{
	char src[64];

	packet_addr(k->family, k->saddr, src, sizeof(src));
	if (decider_number(p->j->drop.decider, "mark", 0))
		snprintf(p->buf, sizeof(p->buf),
			 "with its mark the route back to %s is a local one, and the check of the "
			 "source looks at the mark",
			 src);
	else
		snprintf(p->buf, sizeof(p->buf),
			 "%s is this host's own address, but it came from outside%s", src,
			 came_back(p->j)
				 ? ": it was sent from here, and a loop of routes led it back"
				 : "");
	return p->buf;
}

/* What rp_filter found: in its loose mode any way back would do. */
const char *words_way_back(struct part *p, const struct wb_packet *k)
{
	const struct drop *d = &p->j->drop;
	char src[64];

	packet_addr(k->family, k->saddr, src, sizeof(src));
	if (decider_number(d->decider, "value", 1) == 2)
		snprintf(p->buf, sizeof(p->buf), "there is no route back to %s", src);
	else
		snprintf(p->buf, sizeof(p->buf), "the route back to %s does not lead out %.32s",
			 src, d->at.dev[0] ? d->at.dev : "the device");
	return p->buf;
}

/* A policy that blocks forbids; one that wants protection did not get it. */
const char *words_ipsec(const struct decider *d)
{
	const char *dir = decider_text(d, "dir");

	if (!decider_text(d, "wants") || !dir)
		return "an IPsec policy forbids it";
	return strcmp(dir, "out") ? "an IPsec policy lets it in only if it comes protected, and "
				    "it did not, or not as the policy wants it"
				  : "an IPsec policy wants it protected, and there is no security "
				    "association (state) for that";
}

/* Each router takes one: of a packet that is as it was, more is missing than it has met. */
static bool was_lowered(const struct journey *j)
{
	const struct wb_packet *last = journey_last_packet(j);
	unsigned met = 0;

	if (j->truncated || j->gap || j->end_only || last->proto != j->packet.proto ||
	    last->family != j->packet.family ||
	    memcmp(last->saddr, j->packet.saddr, sizeof(last->saddr)))
		return false;
	for (size_t i = 0; i < j->n_steps; i++) {
		met += j->steps[i].station == WB_STATION_RX;
		if (j->steps[i].station == WB_STATION_TUNNEL)
			return false;
	}
	return j->packet.ttl > met + 1;
}

/* Whoever comes to the same device again and again goes round. */
const char *words_loop(struct part *p)
{
	const struct journey *j = p->j;
	unsigned n = 0;

	for (size_t i = 0; i < j->n_steps; i++)
		n += j->steps[i].station == WB_STATION_RX &&
		     j->steps[i].at.ifindex == j->drop.at.ifindex &&
		     j->steps[i].at.netns_inum == j->drop.at.netns_inum;
	if (n < 2)
		return was_lowered(j) ? "a rule or a program on its way has set it lower"
				      : "too many routers, or a loop";
	snprintf(p->buf, sizeof(p->buf), "it went round in a loop and came to %s%s%s %s%u times",
		 j->drop.at.netns, j->drop.at.netns[0] ? " " : "", j->drop.at.dev,
		 j->truncated ? "more than " : "", n);
	return p->buf;
}

/* What to ask oneself where nothing says why a next hop is silent. */
const char *words_is_it_up(const struct decider *d)
{
	return decider_text(d, "hint") ? "" : "; is it up, and in the right network?";
}

const char *words_otherhost(struct part *p)
{
	const struct journey *j = p->j;

	if (j->drop.not_read[0])
		return "it counts as another host's, by its MAC address or by a VLAN tag that "
		       "nobody here has; which of them can't be told";
	snprintf(p->buf, sizeof(p->buf),
		 "its MAC address is another host's: %.15s got it because it is promiscuous, or a "
		 "neighbour entry of its sender, or an entry of a bridge (fdb), is wrong",
		 j->drop.at.dev);
	return p->buf;
}
