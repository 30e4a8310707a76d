/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journey scripts (tests/journeys): a line an event, then lines of what is expected; the language
 * is told in tests/journeys/README. Makes events of a script; names of reasons and functions are
 * kept by number, as a resolver would answer.
 */
#ifndef WAYBILL_TESTS_SCRIPT_H
#define WAYBILL_TESTS_SCRIPT_H

#include <arpa/inet.h>
#include <stdbool.h>
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

/* "10.1.0.1:40222", "fd02::2", "[fd02::2]:53" */
static bool parse_end(const char *text, uint8_t *family, uint8_t addr[16], uint16_t *port)
{
	char copy[96], *colon;

	snprintf(copy, sizeof(copy), "%s", text + (text[0] == '['));
	colon = strrchr(copy, ':');
	if (text[0] == '[' || (colon && strchr(copy, ':') == colon)) {
		*port = colon ? atoi(colon + 1) : 0;
		if (colon)
			*colon = 0;
		copy[strcspn(copy, "]")] = 0;
	}
	*family = strchr(copy, ':') ? 6 : 4;
	return inet_pton(*family == 6 ? AF_INET6 : AF_INET, copy, addr) == 1;
}

static const struct {
	const char *name;
	uint8_t proto;
} script_protos[] = {{"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"icmpv6", 58}, {"arp", 0}};

/* A packet: "udp FROM > TO". False: the word is none. */
static bool parse_packet(struct line *l, const char *word, char **rest)
{
	struct wb_packet *p = &l->packet;
	const char *from, *to;

	for (size_t i = 0; i < 5; i++) {
		if (strcmp(word, script_protos[i].name))
			continue;
		from = strtok_r(NULL, " \t>", rest);
		to = strtok_r(NULL, " \t>", rest);
		p->proto = script_protos[i].proto;
		p->segments = 1;
		l->e.ev.flags |= WB_EV_PACKET;
		if (!from || !to || !parse_end(from, &p->family, p->saddr, &p->sport) ||
		    !parse_end(to, &p->family, p->daddr, &p->dport))
			l->bad = true;
		p->ethertype = p->family == 6 ? 0x86dd : 0x0800;
		if (!p->proto) {
			p->family = 0;
			p->ethertype = 0x0806;
		}
		return true;
	}
	return false;
}

static const char *key_of(const char *word, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(word, key, n) && word[n] == '=' ? word + n + 1 : NULL;
}

/* Words that any line may have. */
static bool common_word(struct line *l, const char *word, char **rest)
{
	static const struct {
		const char *name;
		uint8_t flag;
	} flags[] = {{"first", WB_EV_FIRST},
		     {"last", WB_EV_LAST},
		     {"adopted", WB_EV_ADOPTED},
		     {"tx", WB_EV_TX}};
	struct wb_event *ev = &l->e.ev;
	const char *v;

	for (size_t i = 0; i < 4; i++)
		if (!strcmp(word, flags[i].name)) {
			ev->flags |= flags[i].flag;
			return true;
		}
	if ((v = key_of(word, "id")))
		ev->id = strtoull(v, NULL, 0);
	else if ((v = key_of(word, "skb")))
		ev->skb = 0xffff888000000000ULL + 256 * v[0];
	else if ((v = key_of(word, "dev")))
		ev->ifindex = atoi(v);
	else if ((v = key_of(word, "ns")))
		ev->netns = 4026530000U + atoi(v);
	else if ((v = key_of(word, "cpu")))
		ev->cpu = atoi(v);
	else if ((v = key_of(word, "len")))
		ev->len = atoi(v);
	else if ((v = key_of(word, "icmp_type")))
		l->packet.icmp_type = atoi(v);
	else if ((v = key_of(word, "task"))) {
		ev->flags |= WB_EV_TASK;
		l->task.pid = l->task.tid = 77;
		snprintf(l->task.comm, sizeof(l->task.comm), "%s", v);
	} else
		return parse_packet(l, word, rest);
	return true;
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
#define NUMBER(key, field)                                                                         \
	((v = key_of(word, key)) ? (void)((field) = strtoll(v, NULL, 0)) : (void)0)

static void hook_line(struct line *l, char **words, size_t n)
{
	BODY(wb_hook_body, h);
	const char *v;

	l->e.ev.probe = WB_PROBE_OWN_nf;
	h->where = !strcmp(words[0], "enter") ? 0 : !strcmp(words[0], "leave") ? 1 : 2;
	l->bad |= n < 2 || !parse_hook(words[1], &h->pf, &h->hook);
	for (size_t i = 2; i < n; i++) {
		const char *word = words[i];

		NUMBER("verdict", h->verdict);
		if ((v = key_of(word, "ct"))) {
			h->ct.has = strcmp(v, "untracked") != 0;
			h->ct.info = !strcmp(v, "new") ? 2 : h->ct.has ? 0 : 7;
		}
	}
}

static void route_line(struct line *l, char **words, size_t n)
{
	BODY(wb_route_body, r);
	const char *v;

	l->e.ev.probe = WB_PROBE_TP_fib_table_lookup;
	r->table = 254;
	r->type = 1;
	r->prefix_len = 24;
	r->family = 4;
	memcpy(r->daddr, l->packet.daddr, 16);
	for (size_t i = 1; i < n; i++) {
		const char *word = words[i];

		NUMBER("err", r->err);
		NUMBER("table", r->table);
		NUMBER("type", r->type);
		NUMBER("oif", r->oif);
	}
}

static void drop_line(struct line *l, char **words, size_t n)
{
	BODY(wb_drop_body, d);

	l->e.ev.probe = WB_PROBE_TP_kfree_skb;
	l->bad |= n < 3;
	if (l->bad)
		return;
	d->reason = strcmp(words[1], "-") ? script_number(l->s, words[1]) : ~0U;
	d->location = script_number(l->s, words[2]);
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
	static const char *const hows[] = {"clone", "copy",	   "segment", "fragment",
					   "gro",   "reassembled", "encap"};
	BODY(wb_link_body, k);
	const char *v;

	l->e.ev.probe = WB_PROBE_FN_skb_segment;
	for (size_t i = 1; i < n; i++) {
		const char *word = words[i];

		NUMBER("other", k->other);
		for (size_t h = 0; h < 7; h++)
			if (!strcmp(word, hows[h]))
				k->how = h;
	}
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
	const char *v;

	l->e.ev.probe = WB_PROBE_FN_nft_immediate_eval;
	l->bad |= n < 4;
	if (l->bad)
		return;
	r->by = !strcmp(words[0], "policy") ? WB_RULE_POLICY : WB_RULE_EXPR;
	r->exact = 1;
	r->family = script_family(words[1]);
	snprintf(r->table, sizeof(r->table), "%s", words[2]);
	snprintf(r->chain, sizeof(r->chain), "%s", words[3]);
	for (size_t i = 4; i < n; i++) {
		const char *word = words[i];

		NUMBER("handle", r->handle);
		NUMBER("verdict", r->verdict);
	}
}

static void ipt_line(struct line *l, char **words, size_t n)
{
	BODY(wb_ipt_body, r);
	const char *v;

	l->e.ev.probe = WB_PROBE_FN_ipt_do_table;
	l->bad |= n < 3;
	if (l->bad)
		return;
	r->family = 2;
	snprintf(r->table, sizeof(r->table), "%s", words[1]);
	snprintf(r->chain, sizeof(r->chain), "%s", words[2]);
	for (size_t i = 3; i < n; i++) {
		const char *word = words[i];

		NUMBER("number", r->rule_number);
	}
}

static void prog_line(struct line *l, char **words, size_t n)
{
	static const char *const types[] = {"xdp", "tc.in", "tc.out", "cgroup", "socket"};
	BODY(wb_prog_body, p);
	const char *v;

	l->e.ev.probe = WB_PROBE_TP_xdp_exception;
	l->bad |= n < 3;
	for (size_t i = 0; i < 5 && n > 1; i++)
		if (!strcmp(words[1], types[i]))
			p->type = i;
	for (size_t i = 2; i < n; i++) {
		const char *word = words[i];

		NUMBER("verdict", p->verdict);
		NUMBER("err", p->err);
		NUMBER("prog", p->prog_id);
		NUMBER("mode", p->mode);
		if (i == 2)
			memcpy(p->name, word, strnlen(word, sizeof(p->name)));
	}
}

static void neigh_line(struct line *l, char **words, size_t n)
{
	BODY(wb_neigh_body, b);
	const char *v;

	l->e.ev.probe = WB_PROBE_TP_neigh_event_send_done;
	b->family = 4;
	for (size_t i = 1; i < n; i++) {
		const char *word = words[i];

		NUMBER("value", b->value);
		NUMBER("state", b->nud_state);
	}
}

static void qdisc_line(struct line *l, char **words, size_t n)
{
	BODY(wb_qdisc_body, q);
	const char *v;

	l->e.ev.probe = WB_PROBE_TP_qdisc_enqueue;
	for (size_t i = 1; i < n; i++) {
		const char *word = words[i];

		NUMBER("value", q->value);
		if (!strcmp(word, "dequeue"))
			l->e.ev.probe = WB_PROBE_TP_qdisc_dequeue;
	}
}

static void sock_line(struct line *l, char **words, size_t n)
{
	BODY(wb_sock_body, s);
	const char *v;

	l->bad |= n < 2 || !(l->e.ev.probe = probe_by_name(words[1]));
	for (size_t i = 2; i < n; i++) {
		const char *word = words[i];

		NUMBER("sk", s->sk);
		NUMBER("proto", s->proto);
		NUMBER("value", s->value);
	}
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

	l->e.ev.probe = WB_PROBE_TP_sock_send_length;
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

/* The sections and the body behind the header. */
static void finish_line(struct line *l)
{
	struct script *s = l->s;
	struct wb_event *ev = &l->e.ev;
	uint8_t *p = (uint8_t *)(ev + 1);

	if (ev->flags & WB_EV_PACKET) {
		memcpy(p, &l->packet, sizeof(l->packet));
		p += sizeof(l->packet);
	}
	if (ev->flags & WB_EV_TASK) {
		memcpy(p, &l->task, sizeof(l->task));
		p += sizeof(l->task);
	}
	memcpy(p, l->body, l->body_size);
	p += l->body_size;
	ev->size = p - (uint8_t *)ev;
	ev->seq = s->n_events;
	s->events[s->n_events] = malloc(ev->size);
	memcpy(s->events[s->n_events++], ev, ev->size);
}

static bool event_line(struct script *s, char *text)
{
	struct line l = {.s = s};
	char *words[16], *rest, *word = strtok_r(text, " \t", &rest);
	size_t n = 0;

	l.e.ev.ts_ns = 1000000000ULL + strtoull(word + 1, NULL, 10);
	l.e.ev.id = 1;
	l.e.ev.skb = 0xffff888000000000ULL + 256 * 'a';
	l.e.ev.netns = 4026530001U;
	l.e.ev.ifindex = 2;
	l.e.ev.len = 60;
	l.packet.ttl = 64;
	while ((word = strtok_r(NULL, " \t", &rest)))
		if (!n || !common_word(&l, word, &rest)) {
			if (n == 16)
				return false;
			words[n++] = word;
		}
	if (!n || s->n_events == SCRIPT_EVENTS)
		return false;
	for (size_t i = 0; i < sizeof(script_verbs) / sizeof(script_verbs[0]); i++)
		if (!strcmp(script_verbs[i].verb, words[0])) {
			l.e.ev.kind = script_verbs[i].kind;
			script_verbs[i].fn(&l, words, n);
		}
	if (!l.e.ev.kind) {
		l.e.ev.kind = WB_KIND_STEP;
		l.e.ev.probe = probe_by_name(words[0]);
		l.body_size = sizeof(struct wb_step_body);
	}
	if (l.bad || !l.e.ev.probe)
		return false;
	finish_line(&l);
	return true;
}

/* 0, or -1 with the line in s->error. */
static int script_read(struct script *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char text[512], copy[512];
	int number = 0;

	*s = (struct script){0};
	while (f && fgets(text, sizeof(text), f)) {
		bool ok = true;

		number++;
		text[strcspn(text, "#\n")] = 0;
		snprintf(copy, sizeof(copy), "%s", text);
		if (text[0] == '+')
			ok = event_line(s, copy);
		else if (!strncmp(text, "expect ", 7) && s->n_expects < SCRIPT_EXPECTS)
			s->expects[s->n_expects++] = strdup(text + 7);
		else if (text[strspn(text, " \t")])
			ok = false;
		if (!ok) {
			snprintf(s->error, sizeof(s->error), "%.100s:%d: %.100s", path, number,
				 text);
			fclose(f);
			return -1;
		}
	}
	if (f)
		fclose(f);
	return f ? 0 : -1;
}

__attribute__((unused)) static void script_clear(struct script *s)
{
	for (size_t i = 0; i < s->n_events; i++)
		free(s->events[i]);
	for (size_t i = 0; i < s->n_expects; i++)
		free(s->expects[i]);
	for (size_t i = 0; i < s->n_names; i++)
		free(s->names[i]);
}

#endif
