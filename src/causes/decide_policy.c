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

/* 1 the rule is for this packet, 0 it is not, -1 it can't be told from outside. */
static int rule_matches_packet(const json_t *rule, const struct wb_packet *p, const uint32_t *mark,
			       const char *in_dev)
{
	static const char *const hidden[] = {"tos", "ipproto",	 "sport",  "dport",
					     "oif", "uid_start", "l3mdev", "tun_id"};
	int marked = mark_matches(rule, mark);
	int result = prefix_matches(word(rule, "src"), json_object_get(rule, "srclen"), p->family,
				    p->saddr);
	int to = prefix_matches(word(rule, "dst"), json_object_get(rule, "dstlen"), p->family,
				p->daddr);
	const char *iif = word(rule, "iif");

	if (to < result)
		result = result ? to : 0;
	if (iif && strcmp(iif, in_dev))
		result = 0;
	if (marked < result)
		result = result ? marked : 0;
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
 * the table has a route at all.
 */
static struct decider *refusing_route(struct names *n, uint32_t inum, const struct wb_packet *p,
				      uint32_t table, bool *found)
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

	return refusing_route(n, inum, p, table, &found);
}

struct walk {
	struct decider *sure, *thrown;
	struct decider *maybe[8];
	size_t n_maybe;
};

/* False: the walk ends here. */
static bool walk_rule(struct walk *w, struct names *n, uint32_t inum, const struct wb_packet *p,
		      const json_t *rule, int m)
{
	json_int_t table = json_integer_value(json_object_get(rule, "table"));
	const char *action = word(rule, "action");
	struct decider *d;
	bool found;

	if (action && (!strcmp(action, "blackhole") || !strcmp(action, "unreachable") ||
		       !strcmp(action, "prohibit"))) {
		d = rule_decider(rule);
		if (m < 0 && w->n_maybe < sizeof(w->maybe) / sizeof(w->maybe[0]))
			w->maybe[w->n_maybe++] = d;
		else if (m < 0)
			decider_unref(d);
		else
			w->sure = d;
		return m < 0;
	}
	if (!table || m < 0)
		return true;
	d = refusing_route(n, inum, p, table, &found);
	if (d && !strcmp(decider_text(d, "type"), "throw")) {
		decider_unref(w->thrown);
		w->thrown = d;
		return true;
	}
	w->sure = d;
	return !found;
}

struct decider *decide_policy(struct names *n, uint32_t inum, const struct wb_packet *p,
			      const uint32_t *mark, const char *in_dev)
{
	json_t *rules = names_ask(n, inum, HOST_ASK_rules,
				  json_pack("{s:i}", "family", p->family == 6 ? 6 : 4));
	struct walk w = {0};
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
	if (!w.n_maybe)
		return d;
	/* a rule that may have been meant stands before what is certain */
	if (d || w.n_maybe > 1) {
		struct decider *all = decider_new(w.maybe[0]->kind);

		for (i = 0; i < w.n_maybe; i++)
			decider_add_candidate(all, w.maybe[i]);
		if (d)
			decider_add_candidate(all, d);
		return all;
	}
	decider_set_text(w.maybe[0], "found", "the only rule that can have refused it");
	return w.maybe[0];
}
