/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over journeys. A site is found by walking: there are few. */
#include "model/tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITES_MAX 1024

static bool same_decider(const struct decider *a, const struct decider *b)
{
	char x[160], y[160];

	if (a == b || !a || !b)
		return a == b;
	return a->kind == b->kind && a->n_candidates == b->n_candidates &&
	       !strcmp(decider_words(a, x, sizeof(x)), decider_words(b, y, sizeof(y)));
}

static bool is_site(const struct tally_site *s, const struct drop *d, const struct journey *j)
{
	return s->layer == d->layer && s->station == d->station && s->family == j->packet.family &&
	       s->proto == j->packet.proto && s->at.netns_inum == d->at.netns_inum &&
	       s->at.ifindex == d->at.ifindex && !strcmp(s->reason, d->reason) &&
	       !strcmp(s->location, d->location) && same_decider(s->decider, d->decider);
}

static struct tally_site *site(struct tally *t, const struct journey *j)
{
	const struct drop *d = &j->drop;
	struct tally_site *s;

	for (size_t i = 0; i < t->n_sites; i++)
		if (is_site(&t->sites[i], d, j))
			return &t->sites[i];
	s = realloc(t->sites, (t->n_sites + 1) * sizeof(*s));
	if (!s)
		return NULL;
	t->sites = s;
	s += t->n_sites++;
	*s = (struct tally_site){.layer = d->layer,
				 .station = d->station,
				 .at = d->at,
				 .family = j->packet.family,
				 .proto = j->packet.proto,
				 .decider = d->decider ? decider_ref(d->decider) : NULL};
	snprintf(s->reason, sizeof(s->reason), "%s", d->reason);
	snprintf(s->location, sizeof(s->location), "%s", d->location);
	return s;
}

int tally_add(struct tally *t, const struct journey *j)
{
	struct tally_site *s;

	t->seen++;
	t->outcomes[j->outcome]++;
	if (j->outcome != OUTCOME_DROPPED)
		return 0;
	t->dropped[j->drop.layer]++;
	if (t->n_sites >= SITES_MAX) {
		t->crowded = true;
		return 0;
	}
	s = site(t, j);
	if (!s)
		return -ENOMEM;
	s->packets++;
	s->cost_ns += j->duration_ns;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].len) {
			s->bytes += j->steps[i].len;
			return 0;
		}
	s->bytes += j->len;
	return 0;
}

static int by_packets(const void *a, const void *b)
{
	const struct tally_site *x = a, *y = b;

	return x->packets < y->packets ? 1 : x->packets > y->packets ? -1 : 0;
}

void tally_sort(struct tally *t)
{
	if (t->n_sites)
		qsort(t->sites, t->n_sites, sizeof(t->sites[0]), by_packets);
}

void tally_clear(struct tally *t)
{
	for (size_t i = 0; i < t->n_sites; i++)
		decider_unref(t->sites[i].decider);
	free(t->sites);
	*t = (struct tally){0};
}
