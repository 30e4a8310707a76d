/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy routing walked by hand: which rule or which route of which table refuses a destination,
 * for look-ups that fail in a rule (no tracepoint tells those) or in several tables one after the
 * other. What a rule asks for and can't be seen from outside makes it a candidate only.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/decide.h"
#include "util/prefix.h"

static const char *word(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

/* Do the first bits of the address agree? "all" always does. */
static int prefix_matches(const char *prefix, const json_t *len, int family, const uint8_t *addr)
{
	int bits = len ? json_integer_value(len) : family == 6 ? 128 : 32;
	uint8_t want[16];

	if (!prefix || !strcmp(prefix, "all"))
		return 1;
	if (inet_pton(family == 6 ? AF_INET6 : AF_INET, prefix, want) != 1)
		return -1;
	for (int i = 0; i < bits; i++)
		if ((want[i / 8] ^ addr[i / 8]) & (0x80 >> (i & 7)))
			return 0;
	return 1;
}

/* A rule without a mark is for any. */
static int mark_matches(const json_t *rule, const uint32_t *mark)
{
	const json_t *want = json_object_get(rule, "fwmark"),
		     *mask = json_object_get(rule, "fwmask");
	uint32_t bits = mask ? (uint32_t)json_integer_value(mask) : UINT32_MAX;

	if (!want)
		return 1;
	return mark ? (*mark & bits) == (uint32_t)json_integer_value(want) : -1;
}

/* The TOS of a rule is compared without the bits for ECN, and by IPv4 before 6.13 without
 * precedence.
 */
static int tos_matches(const json_t *rule, const struct wb_packet *p)
{
	uint8_t mask = p->family == 6 ? 0xfc : 0x1c;

	if (!json_object_get(rule, "tos"))
		return 1;
	return !((p->tos ^ json_integer_value(json_object_get(rule, "tos"))) & mask);
}

/* keys: the port that a rule is for, or the first and the last one. */
static int port_matches(const json_t *rule, const char *const keys[3], uint16_t port, bool known)
{
	const json_t *one = json_object_get(rule, keys[0]), *first = json_object_get(rule, keys[1]);
	json_int_t from = json_integer_value(one ? one : first);
	json_int_t to = one ? from : json_integer_value(json_object_get(rule, keys[2]));

	if (!one && !first)
		return 1;
	return known ? port >= from && port <= to : -1;
}

/* A socket that is not bound yet asks without its port. */
static int flow_matches(const json_t *rule, const struct wb_packet *p, bool sent_here)
{
	static const char *const source[] = {"sport", "sport_start", "sport_end"};
	static const char *const target[] = {"dport", "dport_start", "dport_end"};
	const json_t *proto = json_object_get(rule, "ipproto");
	bool ports = packet_has_ports(p);
	int to = port_matches(rule, target, p->dport, ports);
	int from = port_matches(rule, source, p->sport, ports && !sent_here);

	if (proto && json_integer_value(proto) != p->proto)
		return 0;
	return to && from ? (to < from ? to : from) : 0;
}

/* Of both: no before not known before yes. */
static int both(int a, int b)
{
	return a && b ? (a < b ? a : b) : 0;
}

/* 1 the rule is for this packet, 0 it is not, -1 it can't be told from outside. */
static int rule_matches_packet(const json_t *rule, const struct wb_packet *p, const uint32_t *mark,
			       const char *in_dev)
{
	static const char *const hidden[] = {"oif",    "uid_start", "l3mdev",
					     "tun_id", "dscp",	    "flowlabel"};
	const char *iif = word(rule, "iif");
	int result = prefix_matches(word(rule, "src"), json_object_get(rule, "srclen"), p->family,
				    p->saddr);

	result = both(result, prefix_matches(word(rule, "dst"), json_object_get(rule, "dstlen"),
					     p->family, p->daddr));
	result = both(result, mark_matches(rule, mark));
	result = both(result, tos_matches(rule, p));
	result = both(result, flow_matches(rule, p, !strcmp(in_dev, "lo")));
	if (iif && strcmp(iif, in_dev))
		result = 0;
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && result; i++)
		if (json_object_get(rule, hidden[i]))
			result = -1;
	if (json_object_get(rule, "not") && result >= 0)
		result = !result;
	return result;
}

/* "10.1.0.0/24"; a single host's address without a length, as ip has it. */
static void set_prefix(struct decider *d, const char *key, const json_t *rule, const char *prefix,
		       const char *len)
{
	const json_t *bits = json_object_get(rule, len);
	char text[64];

	if (!word(rule, prefix))
		return;
	snprintf(text, sizeof(text), "%s", word(rule, prefix));
	if (bits)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "/%d",
			 (int)json_integer_value(bits));
	decider_set_text(d, key, text);
}

/* What else it asks for, as ip prints it. */
static void set_selectors(struct decider *d, const json_t *rule)
{
	static const struct {
		const char *key, *last, *says;
	} rows[] = {
		{"tos", NULL, "tos"},
		{"ipproto", NULL, "ipproto"},
		{"sport", NULL, "sport"},
		{"sport_start", "sport_end", "sport"},
		{"dport", NULL, "dport"},
		{"dport_start", "dport_end", "dport"},
		{"uid_start", "uid_end", "uidrange"},
	};
	char text[128] = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *v = json_object_get(rule, rows[i].key);
		size_t n = strlen(text);

		if (!v)
			continue;
		snprintf(text + n, sizeof(text) - n,
			 strcmp(rows[i].key, "tos") ? "%s%s %lld" : "%s%s %#llx", n ? " " : "",
			 rows[i].says, json_integer_value(v));
		n = strlen(text);
		if (rows[i].last)
			snprintf(text + n, sizeof(text) - n, "-%lld",
				 json_integer_value(json_object_get(rule, rows[i].last)));
	}
	if (text[0])
		decider_set_text(d, "selector", text);
}

static struct decider *rule_decider(const json_t *rule)
{
	struct decider *d = decider_new(DECIDER_IP_RULE);
	char mark[24];

	decider_set_number(d, "priority", json_integer_value(json_object_get(rule, "priority")));
	decider_set_text(d, "type", word(rule, "action"));
	set_prefix(d, "from", rule, "src", "srclen");
	set_prefix(d, "to", rule, "dst", "dstlen");
	if (word(rule, "iif"))
		decider_set_text(d, "iif", word(rule, "iif"));
	if (json_object_get(rule, "fwmark")) {
		snprintf(mark, sizeof(mark), "%#llx",
			 (long long)json_integer_value(json_object_get(rule, "fwmark")));
		decider_set_text(d, "fwmark", mark);
	}
	set_selectors(d, rule);
	return d;
}

/* Of the routes that hold the address the most exact one; NULL: none does. */
static const json_t *longest(const json_t *routes, uint8_t family, const uint8_t *addr)
{
	const json_t *best = NULL, *r;
	int best_bits = -1;
	size_t i;

	json_array_foreach(routes, i, r)
	{
		const char *dst = word(r, "dst");
		int bits = dst ? prefix_length(dst, family) : 0;

		if (bits > best_bits && (!dst || prefix_holds(dst, family, addr))) {
			best = r;
			best_bits = bits;
		}
	}
	return best;
}

/*
 * The route of the table that this packet would take, if it refuses (blackhole ..., throw). *found:
 * the table has a route at all, whose prefix has so many bits.
 */
static struct decider *refusing_route(struct names *n, uint32_t inum, const struct wb_packet *p,
				      uint32_t table, bool *found, int *bits)
{
	char dst[64];
	json_t *routes = names_ask(n, inum, HOST_ASK_routes,
				   json_pack("{s:i, s:I}", "family", p->family == 6 ? 6 : 4,
					     "table", (json_int_t)table));
	const json_t *best = longest(routes, p->family, p->daddr);
	struct decider *d = NULL;
	const char *type;

	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	type = best ? word(best, "type") : NULL;
	*found = best != NULL;
	*bits = best && word(best, "dst") ? prefix_length(word(best, "dst"), p->family) : 0;
	if (type && strcmp(type, "unicast") && strcmp(type, "local") && strcmp(type, "broadcast") &&
	    strcmp(type, "multicast")) {
		d = decider_new(DECIDER_ROUTE);
		decider_set_number(d, "table", table);
		decider_set_text(d, "destination", dst);
		decider_set_text(d, "type", type);
		decider_set_text(d, "prefix", word(best, "dst"));
	}
	json_decref(routes);
	return d;
}

struct decider *decide_table(struct names *n, uint32_t inum, const struct wb_packet *p,
			     uint32_t table)
{
	bool found;
	int bits;

	return refusing_route(n, inum, p, table, &found, &bits);
}

struct walk {
	int err; /* with which the look-up failed, 0: not known */
	struct decider *sure, *thrown;
	bool found;	       /* a route that does not refuse */
	json_int_t suppressed; /* priority of the first rule that leaves a route out, 0 none */
	struct decider *maybe[8];
	size_t n_maybe;
};

/* What a look-up says that ends there; 0: it does not end there. */
static int error_of(const struct decider *d)
{
	const char *type = decider_text(d, "type");

	if (!type || !strcmp(type, "throw"))
		return 0;
	return !strcmp(type, "blackhole")				  ? EINVAL
	       : !strcmp(type, "prohibit")				  ? EACCES
	       : d->kind == DECIDER_ROUTE && !strcmp(type, "unreachable") ? EHOSTUNREACH
									  : ENETUNREACH;
}

/* Takes the reference. Whose error would have been another one was not meant. */
static void add_maybe(struct walk *w, struct decider *d)
{
	if (!d)
		return;
	if ((w->err && error_of(d) != w->err) || !error_of(d) ||
	    w->n_maybe == sizeof(w->maybe) / sizeof(w->maybe[0]))
		decider_unref(d);
	else
		w->maybe[w->n_maybe++] = d;
}

static bool refuses(const char *action)
{
	return action && (!strcmp(action, "blackhole") || !strcmp(action, "unreachable") ||
			  !strcmp(action, "prohibit"));
}

/* False: the walk ends here. */
static bool walk_rule(struct walk *w, struct names *n, uint32_t inum, const struct wb_packet *p,
		      const json_t *rule, int m)
{
	const json_t *suppress = json_object_get(rule, "suppress_prefixlen");
	json_int_t table = json_integer_value(json_object_get(rule, "table"));
	struct decider *d;
	bool found;
	int bits;

	if (refuses(word(rule, "action"))) {
		d = rule_decider(rule);
		if (m < 0)
			add_maybe(w, d);
		else
			w->sure = d;
		return m < 0;
	}
	if (!table)
		return true;
	d = refusing_route(n, inum, p, table, &found, &bits);
	if (m < 0) { /* had it been meant, and its route a good one, the look-up had not failed */
		add_maybe(w, d);
		return true;
	}
	if (d && !strcmp(decider_text(d, "type"), "throw")) {
		decider_unref(w->thrown);
		w->thrown = d;
		return true;
	}
	if (found && suppress && bits <= json_integer_value(suppress)) {
		decider_unref(d);
		if (!w->suppressed)
			w->suppressed = json_integer_value(json_object_get(rule, "priority"));
		return true;
	}
	w->sure = d;
	w->found = found && !d;
	return !found;
}

/* None of the tables that are surely asked has a way on. */
static struct decider *no_route(const struct wb_packet *p)
{
	struct decider *d = decider_new(DECIDER_ROUTE);
	char dst[64];

	packet_addr(p->family, p->daddr, dst, sizeof(dst));
	decider_set_text(d, "destination", dst);
	decider_set_text(d, "type", "no_route");
	return d;
}

static struct decider *left_out(const struct walk *w, const struct wb_packet *p)
{
	struct decider *d = no_route(p);
	char hint[160];

	snprintf(hint, sizeof(hint),
		 "ip rule %lld leaves out the route that its table has (suppress_prefixlength)",
		 (long long)w->suppressed);
	decider_set_text(d, "hint", hint);
	return d;
}

/* A rule that may have been meant stands before what is certain. */
static struct decider *several(struct walk *w, struct decider *d)
{
	struct decider *all = decider_new(d ? d->kind : w->maybe[0]->kind);

	for (size_t i = 0; i < w->n_maybe; i++)
		decider_add_candidate(all, w->maybe[i]);
	if (d)
		decider_add_candidate(all, d);
	return all;
}

struct decider *decide_policy(struct names *n, uint32_t inum, const struct wb_packet *p,
			      const uint32_t *mark, const char *in_dev, int err)
{
	json_t *rules = names_ask(n, inum, HOST_ASK_rules,
				  json_pack("{s:i}", "family", p->family == 6 ? 6 : 4));
	struct walk w = {.err = err};
	struct decider *d;
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
	{
		int m = rule_matches_packet(rule, p, mark, in_dev);

		if (m && !walk_rule(&w, n, inum, p, rule, m))
			break;
	}
	json_decref(rules);
	d = w.sure ? w.sure : w.thrown;
	if (d != w.thrown)
		decider_unref(w.thrown);
	if (!d && !w.found && !w.n_maybe && w.suppressed && (!err || err == ENETUNREACH))
		return left_out(&w, p);
	if (!w.n_maybe)
		return d;
	if (!d && !w.found && (!err || err == ENETUNREACH))
		d = no_route(p);
	if (d || w.n_maybe > 1)
		return several(&w, d);
	decider_set_text(w.maybe[0], "found", "the only rule that can have refused it");
	return w.maybe[0];
}
