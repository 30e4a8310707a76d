/* SPDX-License-Identifier: GPL-2.0-only */
/* See fold.h. */
#include "output/fold.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "output/text_step.h"

static void put_bytes(struct text *t, const void *data, size_t n)
{
	text_put(t, data, n);
}

static void put_packet(struct text *t, const struct wb_packet *p)
{
	/* of two ports the lower is the service's; a push says nothing */
	uint16_t port = p->sport < p->dport ? p->sport : p->dport;
	uint8_t flags = p->proto == IPPROTO_TCP ? p->tcp_flags & (uint8_t)~TH_PUSH : 0;
	uint8_t service = p->sport < p->dport;

	put_bytes(t, &p->family, 1);
	put_bytes(t, &p->proto, 1);
	put_bytes(t, &p->ethertype, sizeof(p->ethertype));
	put_bytes(t, p->saddr, sizeof(p->saddr));
	put_bytes(t, p->daddr, sizeof(p->daddr));
	put_bytes(t, &flags, 1);
	if (packet_has_ports(p)) {
		put_bytes(t, &port, sizeof(port));
		put_bytes(t, &service, 1);
	} else if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6) {
		put_bytes(t, &p->icmp_type, 1);
		put_bytes(t, &p->icmp_code, 1);
	}
}

static void put_decider(struct text *t, const struct decider *d)
{
	char words[160];

	if (d)
		text_printf(t, "%d %s;", d->kind, decider_name(d, words, sizeof(words)));
	for (size_t i = 0; d && i < d->n_candidates; i++)
		put_decider(t, d->candidates[i]);
}

static void put_step(struct text *t, const struct step *s)
{
	text_printf(t, "/%d %u %u %d %d", s->station, s->at.netns_inum, s->at.ifindex, s->verdict,
		    s->route.has ? (int)s->route.raw.table : -1);
	if (s->ct.has)
		text_printf(t, " %d", s->ct.raw.info);
	if (s->neigh)
		text_printf(t, " %d", s->neigh->nud_state == 1);
	put_decider(t, s->decider);
}

static void make_like(struct text *t, const struct journey *j)
{
	text_reset(t);
	if (j->has_packet)
		put_packet(t, &j->packet);
	text_printf(t, "%d %d %d %d %d", j->outcome, j->send_errno, j->has_icmp, j->gap,
		    j->answer_lost);
	if (j->has_drop) {
		text_printf(t, " %d %d %s ", j->drop.layer, j->drop.station, j->drop.reason);
		put_decider(t, j->drop.decider);
	}
	text_printf(t, "%s", j->sender_sees);
	for (size_t i = 0; i < j->n_steps; i++)
		put_step(t, &j->steps[i]);
}

static void tell(struct fold_group *g, struct text *t)
{
	if (!g->more)
		return;
	text_printf(t, "  %8llu more like #%llu%s%.*s", (unsigned long long)g->more,
		    (unsigned long long)g->first, g->what.n ? ": " : "", (int)g->what.n,
		    g->what.n ? g->what.s : "");
	text_put(t, ", took ", 7);
	text_duration(t, g->least_ns);
	if (g->most_ns > g->least_ns) {
		text_put(t, " to ", 4);
		text_duration(t, g->most_ns);
	}
	text_put(t, "\n", 1);
	g->told += g->more;
	g->more = 0;
}

static void count(struct fold_group *g, const struct journey *j)
{
	if (!g->more)
		g->since_ns = j->wall_ns;
	if (!g->more || j->duration_ns < g->least_ns)
		g->least_ns = j->duration_ns;
	if (!g->more || j->duration_ns > g->most_ns)
		g->most_ns = j->duration_ns;
	g->more++;
	g->last = j->number;
	g->last_ns = j->wall_ns;
}

/* A place for a new one: that of whom nobody resembled longest. */
static struct fold_group *room(struct fold *f, struct text *t)
{
	struct fold_group *old = &f->groups[0];

	if (f->n < FOLDS)
		return &f->groups[f->n++];
	for (size_t i = 1; i < FOLDS; i++)
		if (f->groups[i].last < old->last)
			old = &f->groups[i];
	tell(old, t);
	return old;
}

bool fold_journey(struct fold *f, const struct journey *j, struct text *t)
{
	struct text like = {0};
	struct fold_group *g;

	make_like(&like, j);
	for (size_t i = 0; i < f->n; i++) {
		g = &f->groups[i];
		if (g->like.n == like.n && !memcmp(g->like.s, like.s, like.n)) {
			text_free(&like);
			count(g, j);
			return true;
		}
	}
	g = room(f, t);
	text_free(&g->like);
	text_free(&g->what);
	*g = (struct fold_group){
		.like = like, .first = j->number, .last = j->number, .last_ns = j->wall_ns};
	if (j->has_packet)
		text_packet_ends(&g->what, &j->packet);
	return false;
}

void fold_tell(struct fold *f, uint64_t until_ns, struct text *t)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->groups[i].more && f->groups[i].since_ns <= until_ns)
			tell(&f->groups[i], t);
}

void fold_clear(struct fold *f)
{
	for (size_t i = 0; i < f->n; i++) {
		text_free(&f->groups[i].like);
		text_free(&f->groups[i].what);
	}
	f->n = 0;
}
