/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a line of a journey script says of its event: the verbs, each with the body that it makes.
 * What every line may have, and the file as a whole, is in script.h.
 */
#ifndef WAYBILL_TESTS_SCRIPT_BODY_H
#define WAYBILL_TESTS_SCRIPT_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/journey.h"

#define SCRIPT_EVENTS  256
#define SCRIPT_EXPECTS 16
#define SCRIPT_NAMES   128

struct script {
	struct wb_event *events[SCRIPT_EVENTS];
	size_t n_events;
	char *expects[SCRIPT_EXPECTS]; /* the words behind "expect" */
	size_t n_expects;
	char *names[SCRIPT_NAMES];
	size_t n_names;
	bool lost; /* events were, before the first */
	char error[256];
};

/* One line on its way to an event. */
struct line {
	struct script *s;
	struct {
		struct wb_event ev;
		uint8_t rest[512];
	} e;
	struct wb_packet packet;
	struct wb_task task;
	uint8_t body[128];
	size_t body_size;
	bool bad;
};

static uint64_t script_number(struct script *s, const char *name)
{
	for (size_t i = 0; i < s->n_names; i++)
		if (!strcmp(s->names[i], name))
			return i + 1;
	if (s->n_names == SCRIPT_NAMES)
		return 0;
	s->names[s->n_names++] = strdup(name);
	return s->n_names;
}

__attribute__((unused)) static const char *script_name(const struct script *s, uint64_t number)
{
	return number && number <= s->n_names ? s->names[number - 1] : "";
}

static unsigned probe_by_name(const char *name)
{
	static const char *const names[WB_PROBE_MAX] = {
#define X(n, group, station) [WB_PROBE_TP_##n] = #n,
		WB_TRACEPOINTS(X)
#undef X
#define X(n, arg, nargs, station) [WB_PROBE_FN_##n] = #n,
			WB_FUNCTIONS(X)
#undef X
#define X(n, station) [WB_PROBE_FN_##n] = #n,
				WB_OWN_FUNCTIONS(X)
#undef X
	};

	for (unsigned i = 1; i < WB_PROBE_MAX; i++)
		if (names[i] && !strcmp(names[i], name))
			return i;
	return 0;
}

static const char *key_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(word, key, n) && word[n] == '=' ? word + n + 1 : NULL;
}

static const struct {
	const char *name;
	uint8_t pf, hook;
} script_hooks[] = {
	{"nf.prerouting", 2, 0},     {"nf.input", 2, 1},
	{"nf.forward", 2, 2},	     {"nf.output", 2, 3},
	{"nf.postrouting", 2, 4},    {"nf.bridge.prerouting", 7, 0},
	{"nf.bridge.input", 7, 1},   {"nf.bridge.forward", 7, 2},
	{"nf.bridge.output", 7, 3},  {"nf.bridge.postrouting", 7, 4},
	{"nf.netdev_ingress", 5, 0}, {"nf.netdev_egress", 5, 1},
};

static bool parse_hook(const char *name, uint8_t *pf, uint8_t *hook)
{
	for (size_t i = 0; i < sizeof(script_hooks) / sizeof(script_hooks[0]); i++)
		if (!strcmp(script_hooks[i].name, name)) {
			*pf = script_hooks[i].pf;
			*hook = script_hooks[i].hook;
			return true;
		}
	return false;
}

#define BODY(type, name)                                                                           \
	struct type *name = (void *)l->body;                                                       \
	l->body_size = sizeof(*name)

/* The words KEY=NUMBER that an event's line may have, and the field of its body that each sets. */
#define FIELD(body, field) offsetof(struct body, field), sizeof(((struct body *)NULL)->field)
static const struct {
	uint8_t kind;
	const char *key;
	size_t at, size;
} script_numbers[] = {
	{WB_KIND_HOOK, "verdict", FIELD(wb_hook_body, verdict)},
	{WB_KIND_ROUTE, "err", FIELD(wb_route_body, err)},
	{WB_KIND_ROUTE, "table", FIELD(wb_route_body, table)},
	{WB_KIND_ROUTE, "type", FIELD(wb_route_body, type)},
	{WB_KIND_ROUTE, "oif", FIELD(wb_route_body, oif)},
	{WB_KIND_ROUTE, "back", FIELD(wb_route_body, back)},
	{WB_KIND_LINK, "other", FIELD(wb_link_body, other)},
	{WB_KIND_LINK, "unasked", FIELD(wb_link_body, unasked)},
	{WB_KIND_STEP, "family", FIELD(wb_step_body, aux)},
	{WB_KIND_DROP, "copied", FIELD(wb_drop_body, copied)},
	{WB_KIND_DROP, "pkt_type", FIELD(wb_drop_body, pkt_type)},
	{WB_KIND_DROP, "shared", FIELD(wb_drop_body, shared)},
	{WB_KIND_RULE, "handle", FIELD(wb_rule_body, handle)},
	{WB_KIND_RULE, "verdict", FIELD(wb_rule_body, verdict)},
	{WB_KIND_IPT, "number", FIELD(wb_ipt_body, rule_number)},
	{WB_KIND_PROG, "verdict", FIELD(wb_prog_body, verdict)},
	{WB_KIND_PROG, "err", FIELD(wb_prog_body, err)},
	{WB_KIND_PROG, "prog", FIELD(wb_prog_body, prog_id)},
	{WB_KIND_PROG, "mode", FIELD(wb_prog_body, mode)},
	{WB_KIND_NEIGH, "value", FIELD(wb_neigh_body, value)},
	{WB_KIND_NEIGH, "state", FIELD(wb_neigh_body, nud_state)},
	{WB_KIND_QDISC, "value", FIELD(wb_qdisc_body, value)},
	{WB_KIND_SOCK, "sk", FIELD(wb_sock_body, sk)},
	{WB_KIND_SOCK, "proto", FIELD(wb_sock_body, proto)},
	{WB_KIND_SOCK, "value", FIELD(wb_sock_body, value)},
	{WB_KIND_SOCK, "peer", FIELD(wb_sock_body, dport)},
	{WB_KIND_SOCK, "state", FIELD(wb_sock_body, state)},
};
#undef FIELD

static void number_words(struct line *l, char **words, size_t n)
{
	for (size_t i = 0; i < sizeof(script_numbers) / sizeof(script_numbers[0]); i++) {
		for (size_t k = 1; k < n && script_numbers[i].kind == l->e.ev.kind; k++) {
			const char *v = key_of(words[k], script_numbers[i].key);
			int64_t number = v ? strtoll(v, NULL, 0) : 0;

			if (v) /* the low bytes come first */
				memcpy(l->body + script_numbers[i].at, &number,
				       script_numbers[i].size);
		}
	}
}

static void hook_line(struct line *l, char **words, size_t n)
{
	BODY(wb_hook_body, h);
	const char *v;

	l->e.ev.probe = WB_PROBE_OWN_nf;
	h->where = !strcmp(words[0], "enter") ? 0 : !strcmp(words[0], "leave") ? 1 : 2;
	l->bad |= n < 2 || !parse_hook(words[1], &h->pf, &h->hook);
	for (size_t i = 2; i < n; i++) {
		v = key_of(words[i], "ct");
		if (!v)
			continue;
		h->ct.has = strcmp(v, "untracked") != 0;
		h->ct.info = !strcmp(v, "new") ? 2 : h->ct.has ? 0 : 7;
	}
}

static void route_line(struct line *l, char **words, size_t n)
{
	BODY(wb_route_body, r);

	(void)words;
	(void)n;
	l->e.ev.probe = WB_PROBE_TP_fib_table_lookup;
	r->table = 254;
	r->type = 1;
	r->prefix_len = 24;
	r->family = 4;
	memcpy(r->daddr, l->packet.daddr, 16);
}

static void drop_line(struct line *l, char **words, size_t n)
{
	BODY(wb_drop_body, d);

	l->e.ev.probe = WB_PROBE_TP_kfree_skb;
	l->bad |= n < 3;
	if (l->bad)
		return;
	d->reason = strcmp(words[1], "-") ? script_number(l->s, words[1]) : ~0U;
	d->location = strcmp(words[2], "-") ? script_number(l->s, words[2]) : 0;
}

static void consume_line(struct line *l, char **words, size_t n)
{
	BODY(wb_consume_body, c);

	l->e.ev.probe = WB_PROBE_TP_consume_skb;
	if (n > 1)
		c->location = script_number(l->s, words[1]);
}

static void link_line(struct line *l, char **words, size_t n)
{
	static const char *const hows[] = {"clone", "copy",	   "segment", "fragment", "gro",
					   "reassembled", "encap", "path",    "answer",	  "asks"};
	BODY(wb_link_body, k);

	l->e.ev.probe = WB_PROBE_FN_skb_segment;
	for (size_t i = 1; i < n; i++)
		for (size_t h = 0; h < sizeof(hows) / sizeof(hows[0]); h++)
			if (!strcmp(words[i], hows[h]))
				k->how = h;
}

static uint8_t script_family(const char *name)
{
	static const char *const families[] = {
		[1] = "inet", [2] = "ip", [5] = "netdev", [7] = "bridge", [10] = "ip6"};

	for (size_t i = 1; i <= 10; i++)
		if (families[i] && !strcmp(families[i], name))
			return i;
	return 0;
}

static void rule_line(struct line *l, char **words, size_t n)
{
	BODY(wb_rule_body, r);

	l->e.ev.probe = WB_PROBE_FN_nft_immediate_eval;
	l->bad |= n < 4;
	if (l->bad)
		return;
	r->by = !strcmp(words[0], "policy") ? WB_RULE_POLICY : WB_RULE_EXPR;
	r->exact = 1;
	r->family = script_family(words[1]);
	snprintf(r->table, sizeof(r->table), "%s", words[2]);
	snprintf(r->chain, sizeof(r->chain), "%s", words[3]);
}

static void ipt_line(struct line *l, char **words, size_t n)
{
	BODY(wb_ipt_body, r);

	l->e.ev.probe = WB_PROBE_FN_ipt_do_table;
	l->bad |= n < 3;
	if (l->bad)
		return;
	r->family = 2;
	snprintf(r->table, sizeof(r->table), "%s", words[1]);
	snprintf(r->chain, sizeof(r->chain), "%s", words[2]);
}

static void prog_line(struct line *l, char **words, size_t n)
{
	static const char *const types[] = {"xdp",    "tc.in",	   "tc.out",	   "cgroup",
					    "socket", "netfilter", "xdp.component"};
	BODY(wb_prog_body, p);

	l->e.ev.probe = WB_PROBE_TP_xdp_exception;
	l->bad |= n < 3;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]) && n > 1; i++)
		if (!strcmp(words[1], types[i]))
			p->type = i;
	if (n > 2)
		memcpy(p->name, words[2], strnlen(words[2], sizeof(p->name)));
}

static void neigh_line(struct line *l, char **words, size_t n)
{
	BODY(wb_neigh_body, b);

	(void)words;
	(void)n;
	l->e.ev.probe = WB_PROBE_TP_neigh_event_send_done;
	b->family = 4;
}

static void qdisc_line(struct line *l, char **words, size_t n)
{
	l->body_size = sizeof(struct wb_qdisc_body);
	l->e.ev.probe = WB_PROBE_TP_qdisc_enqueue;
	for (size_t i = 1; i < n; i++)
		if (!strcmp(words[i], "dequeue"))
			l->e.ev.probe = WB_PROBE_TP_qdisc_dequeue;
}

static void sock_line(struct line *l, char **words, size_t n)
{
	l->body_size = sizeof(struct wb_sock_body);
	l->bad |= n < 2 || !(l->e.ev.probe = probe_by_name(words[1]));
}

static void icmp_line(struct line *l, char **words, size_t n)
{
	BODY(wb_icmp_body, b);

	l->e.ev.probe = WB_PROBE_TP_icmp_send;
	b->type = n > 1 ? atoi(words[1]) : 0;
	b->code = n > 2 ? atoi(words[2]) : 0;
	b->family = 4;
}

static void sendfail_line(struct line *l, char **words, size_t n)
{
	BODY(wb_send_fail_body, f);

	l->e.ev.probe = n > 2 && !strcmp(words[2], "lookup") ? WB_PROBE_TP_fib_table_lookup
							     : WB_PROBE_TP_sock_send_length;
	l->e.ev.id = 0;
	l->e.ev.flags &= ~WB_EV_PACKET;
	f->err = n > 1 ? atoi(words[1]) : -1;
	f->family = l->packet.family;
	f->proto = l->packet.proto;
	f->sport = l->packet.sport;
	f->dport = l->packet.dport;
	memcpy(f->saddr, l->packet.saddr, 16);
	memcpy(f->daddr, l->packet.daddr, 16);
}

static const struct {
	const char *verb;
	uint8_t kind;
	void (*fn)(struct line *l, char **words, size_t n);
} script_verbs[] = {
	{"enter", WB_KIND_HOOK, hook_line},   {"leave", WB_KIND_HOOK, hook_line},
	{"exit", WB_KIND_HOOK, hook_line},    {"route", WB_KIND_ROUTE, route_line},
	{"drop", WB_KIND_DROP, drop_line},    {"consume", WB_KIND_CONSUME, consume_line},
	{"link", WB_KIND_LINK, link_line},    {"rule", WB_KIND_RULE, rule_line},
	{"policy", WB_KIND_RULE, rule_line},  {"ipt", WB_KIND_IPT, ipt_line},
	{"prog", WB_KIND_PROG, prog_line},    {"neigh", WB_KIND_NEIGH, neigh_line},
	{"qdisc", WB_KIND_QDISC, qdisc_line}, {"sock", WB_KIND_SOCK, sock_line},
	{"icmp", WB_KIND_ICMP, icmp_line},    {"sendfail", WB_KIND_SEND_FAIL, sendfail_line},
};

#endif
