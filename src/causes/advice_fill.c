/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts in braces that advice may have, each with what a journey has for it. */
#include "causes/advice_fill.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "causes/catalogue.h"
#include "util/foreign.h"

struct part {
	const struct journey *j;
	bool command; /* words of a shell are wanted, not of a sentence */
	bool missing; /* something is not known: a sentence goes round it, a command can't be */
	bool ready;   /* the value is a piece of a command already, not a word to be quoted */
	char buf[256];
};

/* What a sentence says where nothing is known. */
static const char *unknown(struct part *p, const char *words)
{
	p->missing = true;
	return words;
}

/* Where the kernel gives no reason, the function that freed the packet tells. */
static const char *meaning_of(const struct drop *d)
{
	const struct reason_row *r = catalogue_reason(d->reason);
	const struct place_row *place = catalogue_place(d->location);

	if (r && strcmp(r->name, "NOT_SPECIFIED"))
		return r->meaning;
	r = place && place->reason ? catalogue_reason(place->reason) : NULL;
	return r ? r->meaning : "the kernel gives no reason for it";
}

/* A device in the name of a sysctl: sysctl takes its dots for slashes, and the other way round. */
static const char *in_sysctl(struct part *p, const char *dev)
{
	snprintf(p->buf, sizeof(p->buf), "%s", dev[0] ? dev : "all");
	for (char *dot = strchr(p->buf, '.'); dot; dot = strchr(dot, '.'))
		*dot = '/';
	return p->buf;
}

/* What is missing where no socket takes it: what begins a conversation needs a listener. */
static const char *nobody(struct part *p, const struct wb_packet *k)
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
static const char *tunnels(const char *function)
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

/* Who listens, in the words of the tool that knows this protocol. */
static const char *listeners(struct part *p, const struct wb_packet *k)
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

/* What stands before a command to act in a namespace: by a process in it, or by its name. */
static const char *inside(struct part *p, const char *netns)
{
	struct text t = {0};
	unsigned pid;

	p->ready = true;
	if (!netns[0] || !strcmp(netns, "host"))
		return "";
	if (sscanf(netns, "pid %u ", &pid) == 1) {
		snprintf(p->buf, sizeof(p->buf), "nsenter -t %u -n ", pid);
		return p->buf;
	}
	text_printf(&t, "ip netns exec ");
	foreign_put(&t, FOREIGN_SHELL, netns);
	if (t.n + 2 > sizeof(p->buf) || netns[0] == '-')
		unknown(p, "");
	snprintf(p->buf, sizeof(p->buf), "%s ", t.s);
	text_free(&t);
	return p->buf;
}

static const char *names_of(struct part *p, const char *key)
{
	const struct drop *d = &p->j->drop;
	/* a send that failed has no drop, but a place; so has what was still on its way */
	const struct place *at =
		p->j->has_drop || !p->j->n_steps ? &d->at : &p->j->steps[p->j->n_steps - 1].at;

	if (!strcmp(key, "dev"))
		return at->dev[0] ? at->dev : unknown(p, "the device");
	if (!strcmp(key, "conf"))
		return in_sysctl(p, at->dev);
	if (!strcmp(key, "station"))
		return station_name(d->station);
	if (!strcmp(key, "meaning"))
		return meaning_of(d);
	if (!strcmp(key, "queue") && decider_text(d->decider, "cause"))
		return "dropped it";
	if (!strcmp(key, "queue"))
		return journey_queued(p->j) ? "took it and then threw it away" : "is full";
	if (!strcmp(key, "6"))
		return p->j->packet.family == 6 ? "6" : "";
	if (!strcmp(key, "-6"))
		return p->j->packet.family == 6 ? " -6" : "";
	if (!strcmp(key, "ip"))
		return p->j->packet.family == 6 ? "ip6" : "ip";
	if (!strcmp(key, "ipv"))
		return p->j->packet.family == 6 ? "ipv6" : "ipv4";
	if (!strcmp(key, "nobody"))
		return nobody(p, journey_last_packet(p->j));
	if (!strcmp(key, "tunnels"))
		return tunnels(d->location);
	if (!strcmp(key, "listeners"))
		return listeners(p, journey_last_packet(p->j));
	if (!strcmp(key, "l"))
		return journey_last_packet(p->j)->proto == IPPROTO_UDP ? "u" : "t";
	return strcmp(key, "ns") ? NULL : inside(p, at->netns);
}

/* What could only be narrowed down is looked at from its first candidate on. */
static const char *of_decider(struct part *p, const char *key)
{
	const struct decider *d = p->j->drop.decider;
	const char *text;

	if (d && d->n_candidates)
		d = d->candidates[0];
	text = d ? decider_text(d, key) : NULL;
	if (text || !d || decider_number(d, key, -1) < 0)
		return text;
	snprintf(p->buf, sizeof(p->buf), "%lld", (long long)decider_number(d, key, -1));
	return p->buf;
}

/* What the look-up for it was told besides where it goes, as ip route get takes it. */
static const char *asked(struct part *p, const struct wb_packet *k)
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
	if (d->mark_known && d->mark)
		text_printf(&t, " mark 0x%x", d->mark);
	if (d->at.dev[0] == '-')
		unknown(p, "");
	snprintf(p->buf, sizeof(p->buf), "%s", t.s ? t.s : "");
	text_free(&t);
	return p->buf;
}

/* What rp_filter found: in its loose mode any way back would do. */
static const char *way_back(struct part *p, const struct wb_packet *k)
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
static const char *ipsec(const struct decider *d)
{
	const char *dir = decider_text(d, "dir");

	if (!decider_text(d, "wants") || !dir)
		return "an IPsec policy forbids it";
	return strcmp(dir, "out") ? "an IPsec policy lets it in only if it comes protected, and "
				    "it did not, or not as the policy wants it"
				  : "an IPsec policy wants it protected, and there is no security "
				    "association (state) for that";
}

/* Whoever comes to the same device again and again goes round. */
static const char *loop(struct part *p)
{
	const struct journey *j = p->j;
	unsigned n = 0;

	for (size_t i = 0; i < j->n_steps; i++)
		n += j->steps[i].station == WB_STATION_RX &&
		     j->steps[i].at.ifindex == j->drop.at.ifindex &&
		     j->steps[i].at.netns_inum == j->drop.at.netns_inum;
	if (n < 2)
		return "too many routers, or a loop";
	snprintf(p->buf, sizeof(p->buf), "it went round in a loop and came to %s%s%s %s%u times",
		 j->drop.at.netns, j->drop.at.netns[0] ? " " : "", j->drop.at.dev,
		 j->truncated ? "more than " : "", n);
	return p->buf;
}

static const char *value(struct part *p, const char *key)
{
	const struct journey *j = p->j;
	const struct wb_packet *k = journey_last_packet(j);
	const char *text = names_of(p, key);

	if (text)
		return text;
	if (!strcmp(key, "src") || !strcmp(key, "dst")) {
		const uint8_t *addr = key[0] == 's' ? k->saddr : k->daddr;

		if (j->outcome == OUTCOME_NEVER_SENT && !packet_has_addr(addr))
			return unknown(p, "..."); /* the socket alone was seen */
		return packet_addr(k->family, addr, p->buf, sizeof(p->buf));
	}
	if (!strcmp(key, "ttl")) {
		snprintf(p->buf, sizeof(p->buf), "%u", k->ttl);
		return p->buf;
	}
	if (!strcmp(key, "hop")) {
		const struct step *s = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;

		return s && s->neigh ? packet_addr(s->neigh->family, s->neigh->addr, p->buf,
						   sizeof(p->buf))
				     : unknown(p, "its next hop");
	}
	if (!strcmp(key, "loop"))
		return loop(p);
	if (!strcmp(key, "asked"))
		return asked(p, k);
	if (!strcmp(key, "way_back"))
		return way_back(p, k);
	if (!strcmp(key, "ipsec"))
		return ipsec(j->drop.decider);
	if (!strcmp(key, "dport")) {
		snprintf(p->buf, sizeof(p->buf), "%u", k->dport);
		return p->buf;
	}
	if (!strcmp(key, "decider")) {
		decider_words(j->drop.decider, p->buf, sizeof(p->buf));
		return p->buf[0] ? p->buf : "unknown";
	}
	text = of_decider(p, key);
	return text ? text : unknown(p, "...");
}

/* A word of nft's language, which has no form for any other. */
static bool is_identifier(const char *v)
{
	static const char letters[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = strspn(v, letters);

	for (const char *more = "0123456789-."; n && v[n]; n++)
		if (!strchr(letters, v[n]) && !strchr(more, v[n]))
			return false;
	return n;
}

/*
 * A shell's quotes don't reach the program behind it: nft parses its arguments, sysctl writes where
 * it finds a '=', and a word that begins with '-' is an option.
 */
static bool is_harmless(const char *key, const char *v)
{
	if (!strcmp(key, "conf") || !strcmp(key, "name"))
		return !strchr(v, '=');
	if (!strcmp(key, "chain"))
		return is_identifier(v);
	if (!strcmp(key, "table")) /* of rules, or of routes by number */
		return is_identifier(v) || !v[strspn(v, "0123456789")];
	return v[0] != '-';
}

/* Where no command is left, the next best that needs no name. */
static const char *otherwise(const struct journey *j)
{
	return j->has_drop && j->drop.layer == WB_LAYER_NETFILTER ? "{ns}nft -a list ruleset"
								  : "{ns}nstat -az";
}

/* The parts of text up to end, which is NULL for all. */
static void fill(struct part *p, const char *text, const char *end, struct text *out)
{
	while (*text && text != end) {
		char key[16];
		const char *v;
		size_t n;

		if (*text != '{') {
			text_put(out, text++, 1);
			continue;
		}
		n = strcspn(text + 1, "}");
		snprintf(key, sizeof(key), "%.*s", (int)n, text + 1);
		p->ready = false;
		v = value(p, key);
		if (!strcmp(key, "6") || !strcmp(key, "-6") || !strcmp(key, "tunnels"))
			p->ready = true;
		if (p->command && !p->ready) {
			p->missing |= !is_harmless(key, v);
			foreign_put(out, FOREIGN_SHELL, v);
		} else {
			text_put(out, v, strlen(v));
		}
		text += n + 2;
	}
}

void advice_fill(const struct journey *j, const char *text, char *out, size_t size)
{
	struct part part = {.j = j};
	struct text t = {0};

	fill(&part, text, NULL, &t);
	snprintf(out, size, "%s", t.s ? t.s : "");
	text_free(&t);
}

static void append_commands(const struct journey *j, const char *text, char *out, size_t size)
{
	size_t have = strlen(out);
	struct text t = {0};

	for (const char *end; *text; text = end + 2) {
		struct part part = {.j = j, .command = true};

		end = strstr(text, "; ");
		text_reset(&t);
		fill(&part, text, end, &t);
		if (!part.missing && !t.failed && t.n && have + t.n + 3 <= size)
			have += snprintf(out + have, size - have, "%s%s", have ? "; " : "", t.s);
		if (!end)
			break;
	}
	text_free(&t);
}

void advice_fill_command(const struct journey *j, const char *text, char *out, size_t size)
{
	append_commands(j, text, out, size);
	if (!out[0] && *text)
		append_commands(j, otherwise(j), out, size);
}
