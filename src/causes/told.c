/* SPDX-License-Identifier: GPL-2.0-only */
/* See told.h. */
#include "causes/told.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"

#define KEPT	4096 /* the newest; journeys are finished within a moment */
#define LATE_NS (2 * SECOND_NS)

struct told {
	struct nft_verdict kept[KEPT];
	bool used[KEPT];
	size_t n; /* ever added */
};

int told_new(struct told **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void told_free(struct told *t)
{
	free(t);
}

void told_add(struct told *t, const struct nft_verdict *v)
{
	size_t at = t->n++ % KEPT;

	t->kept[at] = *v;
	t->used[at] = false;
}

static bool same_headers(const struct wb_packet *a, const struct wb_packet *b)
{
	size_t n = a->family == 6 ? 16 : 4;

	/* nftables leaves IPv6 extension headers where they are: its first protocol may be one */
	return a->family == b->family && (a->proto == b->proto || a->family == 6) &&
	       a->ip_id == b->ip_id && !memcmp(a->saddr, b->saddr, n) &&
	       !memcmp(a->daddr, b->daddr, n) &&
	       (a->proto != b->proto || (a->sport == b->sport && a->dport == b->dport)) &&
	       a->tcp_seq == b->tcp_seq;
}

static bool fits(const struct nft_verdict *v, const struct journey *j)
{
	return v->netns == j->drop.at.netns_inum && v->ts_ns >= j->ts_ns &&
	       v->ts_ns <= j->ts_ns + j->duration_ns + LATE_NS &&
	       same_headers(&v->packet, journey_last_packet(j));
}

static struct decider *to_decider(const struct nft_verdict *v)
{
	struct decider *d = decider_new(v->queue    ? DECIDER_NFQUEUE
					: v->policy ? DECIDER_NFT_POLICY
						    : DECIDER_NFT_RULE);

	decider_set_text(d, "family", nft_family_name(v->family));
	decider_set_text(d, "table", v->table);
	decider_set_text(d, "chain", v->chain);
	if (v->policy)
		decider_set_text(d, "policy", "drop");
	else
		decider_set_number(d, "handle", v->handle);
	if (v->queue)
		decider_set_number(d, "queue", v->number);
	decider_set_text(d, "found", "nftables told it");
	return d;
}

struct decider *told_take(struct told *t, const struct journey *j)
{
	size_t from = t->n > KEPT ? t->n - KEPT : 0;

	for (size_t i = from; i < t->n; i++) {
		if (t->used[i % KEPT] || !fits(&t->kept[i % KEPT], j))
			continue;
		t->used[i % KEPT] = true;
		return to_decider(&t->kept[i % KEPT]);
	}
	return NULL;
}
