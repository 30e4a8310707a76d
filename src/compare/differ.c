/* SPDX-License-Identifier: GPL-2.0-only */
/* See differ.h: a row of a table for each thing that can differ, and how it is written. */
#include "compare/differ.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "util/text.h"

/* A leg's time is worth a word when one took so many times as long, and so much longer. */
#define SLOWER_TIMES 3
#define SLOWER_NS    100000

bool differ_same_netns(const struct step *a, const struct step *b)
{
	if (a->at.netns[0] && b->at.netns[0])
		return !strcmp(a->at.netns, b->at.netns);
	return a->at.netns_inum == b->at.netns_inum;
}

static void add(struct diff *d, enum diff_what what, const struct text *a, const struct text *b)
{
	struct diff_item *item = &d->items[d->n_items];
	const char *x = a->n ? a->s : "", *y = b->n ? b->s : "";

	if (!strcmp(x, y))
		return;
	*item = (struct diff_item){.what = what};
	snprintf(item->a, sizeof(item->a), "%s", x);
	snprintf(item->b, sizeof(item->b), "%s", y);
	d->n_items++;
}

static void put_flags(struct text *t, const struct wb_packet *p)
{
	for (int i = 0; p->proto == IPPROTO_TCP && i < PACKET_TCP_FLAGS; i++)
		if (p->tcp_flags & 1 << i)
			text_printf(t, "%s%s", t->n ? " " : "", packet_tcp_flags[i]);
}

static void put_of_packet(struct text *t, enum diff_what what, const struct journey *j)
{
	const struct wb_packet *p = &j->packet;
	char buf[64];

	if (what == DIFF_PROTO)
		text_printf(t, "%s", packet_proto_name(p, buf, sizeof(buf)));
	else if (what == DIFF_SOURCE && p->family)
		text_printf(t, "%s", packet_addr(p->family, p->saddr, buf, sizeof(buf)));
	else if (what == DIFF_TARGET && p->family)
		text_printf(t, "%s", packet_addr(p->family, p->daddr, buf, sizeof(buf)));
	else if (what == DIFF_SPORT && packet_has_ports(p))
		text_printf(t, "%u", p->sport);
	else if (what == DIFF_DPORT && packet_has_ports(p))
		text_printf(t, "%u", p->dport);
	else if (what == DIFF_TTL)
		text_printf(t, "%u", p->ttl);
	else if (what == DIFF_TOS)
		text_printf(t, "0x%02x", p->tos);
	else if (what == DIFF_FLAGS)
		put_flags(t, p);
	else if (what == DIFF_LENGTH)
		text_printf(t, "%u", j->len);
}

void differ_packets(struct diff *d)
{
	for (int what = DIFF_PROTO; what <= DIFF_LENGTH && d->a->has_packet && d->b->has_packet;
	     what++) {
		struct text a = {0}, b = {0};

		put_of_packet(&a, what, d->a);
		put_of_packet(&b, what, d->b);
		add(d, what, &a, &b);
		text_free(&a);
		text_free(&b);
	}
}

static void put_netns(struct text *t, const struct step *s)
{
	if (s->at.netns[0])
		text_printf(t, "%s", s->at.netns);
	else
		text_printf(t, "%u", s->at.netns_inum);
}

static void put_device(struct text *t, const struct step *s)
{
	if (s->at.dev[0])
		text_printf(t, "%s", s->at.dev);
	else if (s->at.ifindex)
		text_printf(t, "if%u", s->at.ifindex);
}

static void put_verdict(struct text *t, const struct step *s)
{
	text_printf(t, "%s", verdict_name(s->verdict));
}

static void put_decider(struct text *t, const struct step *s)
{
	const char *rule = s->decider ? decider_text(s->decider, "rule") : NULL;
	char words[160];

	if (!s->decider)
		return;
	if (s->decider->n_candidates)
		text_printf(t, "one of several, as ");
	text_printf(t, "%s", decider_name(s->decider, words, sizeof(words)));
	if (rule)
		text_printf(t, ": %s", rule);
}

static void put_route(struct text *t, const struct step *s)
{
	const struct step_route *r = &s->route;

	if (!r->has)
		return;
	if (r->prefix[0])
		text_printf(t, "%s ", r->prefix);
	if (r->via[0])
		text_printf(t, "via %s ", r->via);
	if (r->out_dev[0])
		text_printf(t, "dev %s ", r->out_dev);
	else if (r->raw.oif)
		text_printf(t, "dev if%u ", r->raw.oif);
	if (r->raw.table == 254 || r->raw.table == 255)
		text_printf(t, "table %s", r->raw.table == 254 ? "main" : "local");
	else if (r->raw.table)
		text_printf(t, "table %u", r->raw.table);
}

static void put_conntrack(struct text *t, const struct step *s)
{
	if (!s->ct.has)
		return;
	text_printf(t, "%s", ct_state_name(&s->ct.raw));
	if (s->ct.raw.zone)
		text_printf(t, " zone %u", s->ct.raw.zone);
	if (s->ct.raw.mark)
		text_printf(t, " mark 0x%x", s->ct.raw.mark);
}

static void put_mark(struct text *t, const struct step *s)
{
	if (s->packet.mark)
		text_printf(t, "0x%x", s->packet.mark);
}

/* What it was rewritten to; of the ports the service's, as the other is another each time. */
static void put_nat(struct text *t, const struct step *s)
{
	const struct wb_packet *p = &s->packet;
	char buf[64];

	if (!s->rewritten || !p->family)
		return;
	text_printf(t, "%s", packet_addr(p->family, p->saddr, buf, sizeof(buf)));
	if (packet_has_ports(p) && p->sport < p->dport)
		text_printf(t, " port %u", p->sport);
	text_printf(t, " > %s", packet_addr(p->family, p->daddr, buf, sizeof(buf)));
	if (packet_has_ports(p) && p->dport <= p->sport)
		text_printf(t, " port %u", p->dport);
}

static void put_neighbour(struct text *t, const struct step *s)
{
	char buf[64];

	if (s->neigh)
		text_printf(t, "%s %s",
			    packet_addr(s->neigh->family, s->neigh->addr, buf, sizeof(buf)),
			    s->neigh->nud_state & 1 ? "unresolved" : "resolved");
}

static void put_qdisc(struct text *t, const struct step *s)
{
	if (s->qdisc)
		text_printf(t, "%.16s %x:%s", s->qdisc->kind, s->qdisc->handle >> 16,
			    s->qdisc->qlen > 10 ? " with a queue" : "");
}

static void put_process(struct text *t, const struct step *s)
{
	if (s->task.has)
		text_printf(t, "%.16s", s->task.raw.comm);
}

static const struct {
	enum diff_what what;
	void (*put)(struct text *t, const struct step *s);
} parts[] = {
	{DIFF_NETNS, put_netns},     {DIFF_DEVICE, put_device},	  {DIFF_VERDICT, put_verdict},
	{DIFF_DECIDER, put_decider}, {DIFF_ROUTE, put_route},	  {DIFF_CONNTRACK, put_conntrack},
	{DIFF_MARK, put_mark},	     {DIFF_NAT, put_nat},	  {DIFF_NEIGHBOUR, put_neighbour},
	{DIFF_QDISC, put_qdisc},     {DIFF_PROCESS, put_process},
};

static void put_time(struct text *t, uint64_t ns)
{
	if (ns < 10000000)
		text_printf(t, "%.1f us", ns / 1e3);
	else
		text_printf(t, "%.1f ms", ns / 1e6);
}

static uint64_t leg(const struct step *s, const struct step *before)
{
	return before && s->dt_ns > before->dt_ns ? s->dt_ns - before->dt_ns : 0;
}

static bool much_slower(uint64_t a, uint64_t b)
{
	return a > SLOWER_TIMES * b && a > b + SLOWER_NS;
}

static void differ_time(struct diff *d, uint64_t leg_a, uint64_t leg_b)
{
	struct text a = {0}, b = {0};

	if (!much_slower(leg_a, leg_b) && !much_slower(leg_b, leg_a))
		return;
	put_time(&a, leg_a);
	put_time(&b, leg_b);
	add(d, DIFF_TIME, &a, &b);
	text_free(&a);
	text_free(&b);
}

void differ_steps(struct diff *d, const struct diff_row *row, const struct step *before_a,
		  const struct step *before_b)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct text a = {0}, b = {0};

		parts[i].put(&a, row->a);
		parts[i].put(&b, row->b);
		if (parts[i].what != DIFF_NETNS || !differ_same_netns(row->a, row->b))
			add(d, parts[i].what, &a, &b);
		text_free(&a);
		text_free(&b);
	}
	differ_time(d, leg(row->a, before_a), leg(row->b, before_b));
}
