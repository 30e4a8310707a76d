/* SPDX-License-Identifier: GPL-2.0-only */
/* See latency.h. A leg is found by walking: there are as many as a packet has stations. */
#include "model/latency.h"

#include <errno.h>
#include <stdlib.h>

static struct latency_leg *leg(struct latency *l, const struct step *from, const struct step *to)
{
	struct latency_leg *more;

	for (size_t i = 0; i < l->n; i++) {
		struct latency_leg *g = &l->legs[i];

		if (g->from == from->station && g->to == to->station &&
		    g->at.netns_inum == to->at.netns_inum && g->at.ifindex == to->at.ifindex)
			return g;
	}
	if (l->n == LATENCY_LEGS)
		return NULL;
	more = realloc(l->legs, (l->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	l->legs = more;
	more[l->n] = (struct latency_leg){.from = from->station, .to = to->station, .at = to->at};
	return &more[l->n++];
}

static size_t bucket(uint64_t ns)
{
	size_t n = ns ? 64 - __builtin_clzll(ns) : 0;

	return n < LATENCY_BUCKETS ? n : LATENCY_BUCKETS - 1;
}

uint64_t latency_bound(size_t n)
{
	return 1ULL << n;
}

int latency_add(struct latency *l, const struct journey *j)
{
	for (size_t i = 1; i < j->n_steps; i++) {
		const struct step *from = &j->steps[i - 1], *to = &j->steps[i];
		uint64_t ns = to->dt_ns > from->dt_ns ? to->dt_ns - from->dt_ns : 0;
		struct latency_leg *g = leg(l, from, to);

		if (!g && l->n < LATENCY_LEGS)
			return -ENOMEM;
		if (!g) {
			l->others++;
			continue;
		}
		g->n++;
		g->sum_ns += ns;
		g->max_ns = ns > g->max_ns ? ns : g->max_ns;
		g->buckets[bucket(ns)]++;
	}
	return 0;
}

uint64_t latency_percentile(const struct latency_leg *l, unsigned percent)
{
	uint64_t rank = (l->n * percent + 99) / 100, sum = 0;

	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		sum += l->buckets[i];
		if (sum >= rank)
			return latency_bound(i) < l->max_ns ? latency_bound(i) : l->max_ns;
	}
	return l->max_ns;
}

void latency_clear(struct latency *l)
{
	free(l->legs);
	*l = (struct latency){0};
}
