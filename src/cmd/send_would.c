/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_would.h. Behind the hook INPUT; kernels 5.10 to 7.2. */
#include "cmd/send_would.h"

#include <netinet/in.h>
#include <linux/rtnetlink.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "cmd/send_would_icmp.h"
#include "host/address_type.h"
#include "host/listing.h"
#include "host/owners.h"
#include "host/sockets.h"
#include "model/packet.h"
#include "util/text.h"

#define add(j, ...) text_append((j)->would, sizeof((j)->would), __VA_ARGS__)

/* --- what is refused before anybody can take it --- */

#define SUMMED_AT_ONCE 76 /* bytes; of more UDP leaves the sum to who reads them */
#define IS_WRONG       "its checksum is wrong"

static const struct {
	uint8_t proto;
	enum wb_station station;
	const char *reason;
} sums[] = {
	{IPPROTO_TCP, WB_STATION_TCP, "TCP_CSUM"},
	{IPPROTO_UDP, WB_STATION_UDP, "UDP_CSUM"},
	{IPPROTO_ICMP, WB_STATION_ICMP, "ICMP_CSUM"},
	{IPPROTO_ICMPV6, WB_STATION_ICMP, "ICMP_CSUM"},
};

static void refuse_sum(struct journey *j, const struct wb_packet *p, size_t len)
{
	bool late = p->proto == IPPROTO_UDP && len > SUMMED_AT_ONCE;

	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]) && j->n_steps; i++) {
		if (sums[i].proto != p->proto)
			continue;
		j->has_drop = true;
		j->drop = (struct drop){
			.layer = WB_LAYER_STACK,
			.station = sums[i].station,
			.reason_is_location = true, /* no kernel said so */
			.at = j->steps[j->n_steps - 1].at,
		};
		snprintf(j->drop.reason, sizeof(j->drop.reason), "%s", sums[i].reason);
	}
	add(j, late ? "it would be dropped, if not before then by who reads it: " IS_WRONG
		    : "it would be dropped there: " IS_WRONG);
}

/* --- sockets --- */

/* Of a packet for many nobody is told that nobody takes it. */
static bool is_for_one(const struct wb_packet *p, uint32_t netns, struct names *names)
{
	if (p->family == 6)
		return p->daddr[0] != 0xff;
	return address_types(names, netns, p->daddr) == 1 << RTN_LOCAL;
}

static bool find(const struct sockets *all, const struct wb_packet *p, uint32_t ifindex,
		 struct names *names, struct sockets *ret)
{
	for (size_t i = 0; i < all->n; i++)
		if (socket_fits(&all->rows[i], p, ifindex)) {
			*ret = (struct sockets){.rows = {all->rows[i]}, .n = 1};
			owners_of(names, ret);
			return true;
		}
	return false;
}

static void add_owner(struct journey *j, const struct socket_row *s)
{
	if (s->pid)
		add(j, "%s pid %ld", s->comm, s->pid);
	else
		add(j, "a process that is not known");
}

static void add_room(struct journey *j, const struct socket_row *s)
{
	if (s->room)
		add(j, s->listens ? ", %u of %u connections wait" : ", %u of %u bytes wait",
		    s->used, s->room);
}

static void tell_socket(struct journey *j, const struct wb_packet *p, const struct wb_swallowed *r,
			struct names *names)
{
	struct sockets all = {0}, one;
	char local[64];

	sockets_find(names, r->netns, p->proto, p->dport, &all);
	if (find(&all, p, r->ifindex, names, &one)) {
		const struct socket_row *s = &one.rows[0];

		add(j, "the socket: ");
		add_owner(j, s);
		add(j, " %s on %s", s->listens || !s->peer_port ? "listens" : "is connected",
		    socket_local(s, local, sizeof(local)));
		add_room(j, s);
		return;
	}
	if (all.unread) {
		add(j, "which socket would take it could not be read");
		return;
	}
	add(j, "no socket was found that would take it: %s port %u is %s here",
	    p->proto == IPPROTO_TCP ? "tcp" : "udp", p->dport,
	    all.n ? "open only for others" : "not open");
	if (is_for_one(p, r->netns, names) && !(p->tcp_flags & TH_RST))
		add(j, "; the kernel would answer with %s",
		    p->proto == IPPROTO_TCP ? "a TCP reset"
		    : p->family == 6	    ? "ICMPv6 port unreachable"
					    : "ICMP port unreachable");
}

/* --- other protocols: tunnels and raw sockets --- */

static const struct {
	uint8_t family, proto;
	const char *kind, *carries; /* what it takes; NULL: all of the protocol */
} tunnels[] = {
	{4, IPPROTO_IPIP, "ipip", NULL},
	{4, IPPROTO_IPV6, "sit", NULL},
	{4, IPPROTO_GRE, "gre", "IP"},
	{4, IPPROTO_GRE, "gretap", "Ethernet"},
	{4, IPPROTO_GRE, "erspan", "ERSPAN"},
	{6, IPPROTO_IPIP, "ip6tnl", NULL},
	{6, IPPROTO_IPV6, "ip6tnl", NULL},
	{6, IPPROTO_GRE, "ip6gre", "IP"},
	{6, IPPROTO_GRE, "ip6gretap", "Ethernet"},
	{6, IPPROTO_GRE, "ip6erspan", "ERSPAN"},
};
#define N_TUNNELS (sizeof(tunnels) / sizeof(tunnels[0]))

/* Who else takes packets in the kernel is not looked at: nobody is then not to be told. */
static const uint8_t taken_elsewhere[] = {
	IPPROTO_HOPOPTS, IPPROTO_ICMP, IPPROTO_IGMP,	 IPPROTO_DCCP, IPPROTO_ROUTING,
	IPPROTO_ESP,	 IPPROTO_AH,   IPPROTO_ICMPV6,	 IPPROTO_NONE, IPPROTO_DSTOPTS,
	IPPROTO_PIM,	 IPPROTO_COMP, 115 /* L2TP */,	 IPPROTO_SCTP, IPPROTO_MH,
	IPPROTO_UDPLITE, IPPROTO_MPLS, IPPROTO_FRAGMENT,
};

static bool is_taken_elsewhere(uint8_t proto)
{
	return memchr(taken_elsewhere, proto, sizeof(taken_elsewhere));
}

static bool is_tunnel_of(size_t row, const struct wb_packet *p)
{
	return tunnels[row].family == p->family && tunnels[row].proto == p->proto;
}

static bool tunnel_fits(const json_t *link, size_t row, const struct wb_packet *p)
{
	const json_t *data = listed_data(link);

	return !strcmp(listed_kind(link), tunnels[row].kind) && listed_flag(link, "UP") &&
	       listed_end_fits(data, "local", p->family, p->daddr) &&
	       listed_end_fits(data, "remote", p->family, p->saddr);
}

static void add_tunnel(struct journey *j, const json_t *link, size_t row)
{
	int64_t key;

	add(j, "%sthe tunnel device %.15s", j->would[0] ? ", or " : "",
	    listed_word(link, "ifname"));
	if (tunnels[row].carries)
		add(j, ", if it carries %s", tunnels[row].carries);
	if (listed_key(listed_data(link), &key))
		add(j, " and has the key %lld", (long long)key);
}

/* False: they can't be listed. */
static bool tell_tunnels(struct journey *j, const struct wb_packet *p, uint32_t netns,
			 struct names *names)
{
	json_t *links = list_links(names, netns);
	bool read = links;
	const json_t *l;
	size_t i;

	json_array_foreach(links, i, l)
	{
		for (size_t row = 0; row < N_TUNNELS; row++)
			if (is_tunnel_of(row, p) && tunnel_fits(l, row, p))
				add_tunnel(j, l, row);
	}
	json_decref(links);
	return read;
}

static void tell_nobody(struct journey *j, const struct wb_packet *p, bool tunnels_take_it)
{
	const char *answer = p->family == 6    ? "an ICMPv6 parameter problem"
			     : tunnels_take_it ? "ICMP unreachable"
					       : "ICMP protocol unreachable";

	if (tunnels_take_it)
		add(j,
		    "nobody was found who would take it: no tunnel device that is up has these "
		    "ends, no raw socket is open for protocol %u; the kernel would answer with %s",
		    p->proto, p->family == 6 ? "an ICMPv6 error" : answer);
	else
		add(j,
		    "nobody was found who would take it: no raw socket is open for protocol %u; "
		    "the kernel would answer with %s",
		    p->proto, answer);
}

static void tell_raw(struct journey *j, const struct wb_packet *p, const struct wb_swallowed *r,
		     struct names *names)
{
	struct sockets all = {0}, one;
	bool has_tunnels = false, read = true;

	for (size_t row = 0; row < N_TUNNELS; row++)
		has_tunnels |= is_tunnel_of(row, p);
	if (has_tunnels)
		read = tell_tunnels(j, p, r->netns, names);
	sockets_find(names, r->netns, p->proto, p->proto, &all);
	if (find(&all, p, r->ifindex, names, &one)) {
		add(j, "%s", j->would[0] ? "; and the raw socket: " : "the raw socket: ");
		add_owner(j, &one.rows[0]);
		add(j, " takes protocol %u", p->proto);
		add_room(j, &one.rows[0]);
	}
	if (j->would[0] || p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6)
		return;
	if (read && !all.unread && !is_taken_elsewhere(p->proto))
		tell_nobody(j, p, has_tunnels);
	else
		add(j, "whether anybody takes protocol %u here %s", p->proto,
		    read && !all.unread ? "is not looked at" : "could not be read");
}

/*
 * What is taken. Of fragments that were put together the first one says it, as long as no NAT made
 * them another's. False: it is not known.
 */
static bool as_taken(const struct journey *j, const struct send_item *i, struct wb_packet *ret)
{
	const struct wb_packet *last = journey_last_packet(j);

	*ret = *last;
	if (packet_fragment(last) < 0)
		return true;
	express_frame(i->frame.bytes, i->frame.n, &i->key, ret);
	ret->frag_off = 0;
	return !i->key.later_fragment && !memcmp(ret->daddr, last->daddr, sizeof(ret->daddr)) &&
	       !memcmp(ret->saddr, last->saddr, sizeof(ret->saddr));
}

void send_would_take(struct journey *j, const struct wb_swallowed *r, const struct send_item *i,
		     struct names *names)
{
	struct wb_packet p;
	enum send_sum sum;

	j->would[0] = 0;
	if (!journey_last_packet(j)->family)
		return;
	if (!as_taken(j, i, &p)) {
		add(j, "it was put together here; who would take it is not known");
		return;
	}
	sum = send_frame_sum(i->frame.bytes, i->frame.n, &i->key);
	if (sum == SEND_SUM_WRONG)
		refuse_sum(j, &p, i->frame.n - i->key.l4);
	else if (p.proto == IPPROTO_TCP || p.proto == IPPROTO_UDP)
		tell_socket(j, &p, r, names);
	else if (!would_echo(j, &p, r, names) && !would_neighbour(j, &p, r, i, names))
		tell_raw(j, &p, r, names);
	if (sum == SEND_SUM_NONE)
		add(j, "; it has no checksum: over IPv6 only a socket that allows that takes it");
}
