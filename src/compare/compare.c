/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two ways laid beside each other: the stations that both have stand in one row, so that as many as
 * possible do. What differs within a row is in differ.c.
 */
#include "compare/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/differ.h"

#define STEPS_MAX 1024

/* Its steps, and where it was dropped, if no step shows that. */
static struct step *steps_of(const struct journey *j, size_t *ret_n)
{
	size_t n = j->n_steps < STEPS_MAX ? j->n_steps : STEPS_MAX;
	struct step *s = calloc(n + 1, sizeof(*s)), *last = n ? &s[n - 1] : NULL;

	if (!s)
		return NULL;
	memcpy(s, j->steps, n * sizeof(*s));
	*ret_n = n;
	if (j->outcome != OUTCOME_DROPPED)
		return s;
	if (last && last->station == j->drop.station &&
	    last->at.netns_inum == j->drop.at.netns_inum) {
		if (!verdict_is_fatal(last->verdict))
			last->verdict = VERDICT_DROP;
		if (!last->decider)
			last->decider = j->drop.decider;
		return s;
	}
	s[n] = (struct step){.station = j->drop.station,
			     .at = j->drop.at,
			     .verdict = VERDICT_DROP,
			     .dt_ns = j->duration_ns,
			     .decider = j->drop.decider};
	*ret_n = n + 1;
	return s;
}

/* What it is worth to have them in one row; 0: they can't be. */
static unsigned likeness(const struct step *a, const struct step *b)
{
	if (a->station != b->station)
		return 0;
	return 8 + 2 * differ_same_netns(a, b) + !strcmp(a->at.dev, b->at.dev);
}

/* best[i][j]: of all ways to lay a's steps from i and b's from j beside each other. */
static unsigned *measure(const struct diff *d)
{
	size_t w = d->n_b + 1;
	unsigned *best = calloc((d->n_a + 1) * w, sizeof(*best));

	for (size_t i = d->n_a; best && i-- > 0;)
		for (size_t j = d->n_b; j-- > 0;) {
			unsigned like = likeness(&d->steps_a[i], &d->steps_b[j]);
			unsigned with = like ? like + best[(i + 1) * w + j + 1] : 0;
			unsigned a = best[(i + 1) * w + j], b = best[i * w + j + 1];

			best[i * w + j] = with >= a && with >= b ? with : a >= b ? a : b;
		}
	return best;
}

static void lay(struct diff *d, const unsigned *best)
{
	size_t i = 0, j = 0, w = d->n_b + 1;

	while (i < d->n_a || j < d->n_b) {
		struct diff_row *row = &d->rows[d->n_rows++];
		unsigned here = i < d->n_a && j < d->n_b ? best[i * w + j] : 0;
		unsigned like =
			i < d->n_a && j < d->n_b ? likeness(&d->steps_a[i], &d->steps_b[j]) : 0;

		if (like && here == like + best[(i + 1) * w + j + 1]) {
			row->a = &d->steps_a[i++];
			row->b = &d->steps_b[j++];
		} else if (j == d->n_b || (i < d->n_a && here == best[(i + 1) * w + j])) {
			row->a = &d->steps_a[i++];
		} else {
			row->b = &d->steps_b[j++];
		}
	}
}

static void look(struct diff *d)
{
	const struct step *before_a = NULL, *before_b = NULL;

	d->parts = d->n_rows;
	for (size_t i = 0; i < d->n_rows; i++) {
		struct diff_row *row = &d->rows[i];
		bool parted = !row->a || !row->b || row->a->verdict != row->b->verdict;

		row->first = d->n_items;
		if (row->a && row->b)
			differ_steps(d, row, before_a, before_b);
		row->n = d->n_items - row->first;
		d->same += row->a && row->b && !row->n;
		if (parted && d->parts == d->n_rows)
			d->parts = i;
		before_a = row->a ? row->a : before_a;
		before_b = row->b ? row->b : before_b;
	}
}

int compare(const struct journey *a, const struct journey *b, struct diff *ret)
{
	struct diff d = {.a = a, .b = b};
	unsigned *best = NULL;
	int r = -ENOMEM;

	d.steps_a = steps_of(a, &d.n_a);
	d.steps_b = steps_of(b, &d.n_b);
	d.rows = calloc(d.n_a + d.n_b + 1, sizeof(*d.rows));
	d.items = calloc((d.n_a + d.n_b + 1) * DIFF_WHAT_MAX, sizeof(*d.items));
	if (d.steps_a && d.steps_b && d.rows && d.items)
		best = measure(&d);
	if (best) {
		differ_packets(&d);
		d.n_packet = d.n_items;
		lay(&d, best);
		look(&d);
		r = 0;
	}
	free(best);
	if (r)
		diff_clear(&d);
	*ret = d;
	return r;
}
