/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of many journeys stands for the others: of those that went the commonest way, the one that
 * took the median time. Of each way only the first are kept, which is enough for a median.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare.h"
#include "util/text.h"

#define WAYS_MAX 256
#define KEPT	 33

struct way {
	struct text like;
	uint64_t n;
	struct journey kept[KEPT];
	size_t n_kept;
};

struct typical {
	struct way *ways[WAYS_MAX];
	size_t n;
	uint64_t all;
};

struct typical *typical_new(void)
{
	return calloc(1, sizeof(struct typical));
}

/* Two recordings of one machine may have other numbers for the same namespaces. */
static void put_way(struct text *t, const struct journey *j)
{
	text_printf(t, "%d %d %d %s", j->outcome, j->packet.family, j->packet.proto,
		    j->has_drop ? j->drop.reason : "");
	for (size_t i = 0; i < j->n_steps; i++)
		text_printf(t, "/%d %d %s", j->steps[i].station, j->steps[i].verdict,
			    j->steps[i].at.netns);
}

static struct way *way_of(struct typical *t, const struct journey *j)
{
	struct text like = {0};
	struct way *w;

	put_way(&like, j);
	for (size_t i = 0; i < t->n; i++) {
		w = t->ways[i];
		if (w->like.n == like.n && !memcmp(w->like.s, like.s, like.n)) {
			text_free(&like);
			return w;
		}
	}
	w = t->n < WAYS_MAX ? calloc(1, sizeof(*w)) : NULL;
	if (!w) {
		text_free(&like);
		return NULL;
	}
	w->like = like;
	t->ways[t->n++] = w;
	return w;
}

int typical_add(struct typical *t, const struct journey *j)
{
	struct way *w = way_of(t, j);

	t->all++;
	if (!w)
		return t->n < WAYS_MAX ? -ENOMEM : 0;
	w->n++;
	if (w->n_kept == KEPT)
		return 0;
	if (journey_copy(&w->kept[w->n_kept], j))
		return -ENOMEM;
	w->n_kept++;
	return 0;
}

static int by_duration(const void *a, const void *b)
{
	const struct journey *x = *(const struct journey *const *)a,
			     *y = *(const struct journey *const *)b;

	return x->duration_ns < y->duration_ns ? -1 : x->duration_ns > y->duration_ns;
}

const struct journey *typical_of(struct typical *t, uint64_t *ret_alike, uint64_t *ret_all)
{
	const struct journey *sorted[KEPT];
	struct way *most = NULL;

	for (size_t i = 0; i < t->n; i++)
		if (!most || t->ways[i]->n > most->n)
			most = t->ways[i];
	*ret_alike = most ? most->n : 0;
	*ret_all = t->all;
	if (!most || !most->n_kept)
		return NULL;
	for (size_t i = 0; i < most->n_kept; i++)
		sorted[i] = &most->kept[i];
	qsort(sorted, most->n_kept, sizeof(sorted[0]), by_duration);
	return sorted[(most->n_kept - 1) / 2];
}

void typical_free(struct typical *t)
{
	for (size_t i = 0; t && i < t->n; i++) {
		for (size_t k = 0; k < t->ways[i]->n_kept; k++)
			journey_clear(&t->ways[i]->kept[k]);
		text_free(&t->ways[i]->like);
		free(t->ways[i]);
	}
	free(t);
}
