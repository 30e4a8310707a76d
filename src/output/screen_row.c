/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of the screen: one site each, with what it was in the last intervals. No terminal. */
#include "output/screen_row.h"
#include "util/foreign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1e9

static const char *const sort_names[SCREEN_SORT_MAX] = {
#define X(id, name) [SCREEN_SORT_##id] = name,
	SCREEN_SORTS(X)
#undef X
};

const char *screen_sort_name(enum screen_sort by)
{
	return sort_names[by];
}

static void safe(char *ret, size_t size, const char *s, bool ascii)
{
	struct text t = {.ascii = ascii};

	text_escaped(&t, s);
	snprintf(ret, size, "%s", t.s && !t.failed ? t.s : "");
	text_free(&t);
}

static void name_row(struct screen_row *r, const struct tally_site *s, bool ascii)
{
	char where[128];

	snprintf(where, sizeof(where), "%s%s%s%s%s", station_name(s->station),
		 s->at.dev[0] ? " " : "", s->at.dev, s->at.netns[0] ? " in " : "", s->at.netns);
	r->layer = s->layer;
	safe(r->where, sizeof(r->where), where, ascii);
	safe(r->reason, sizeof(r->reason), s->reason, ascii);
	safe(r->who, sizeof(r->who), s->decider_name[0] ? s->decider_name : s->reason, ascii);
}

static bool is_same(const struct screen_row *a, const struct screen_row *b)
{
	return a->layer == b->layer && !strcmp(a->where, b->where) && !strcmp(a->who, b->who) &&
	       !strcmp(a->reason, b->reason);
}

bool screen_row_is(const struct screen_row *r, const struct tally_site *s, bool ascii)
{
	struct screen_row like = {0};

	name_row(&like, s, ascii);
	return is_same(r, &like);
}

static struct screen_row *find(struct screen_rows *rows, const struct screen_row *like)
{
	for (size_t i = 0; i < rows->n; i++)
		if (is_same(&rows->row[i], like))
			return &rows->row[i];
	return NULL;
}

static struct screen_row *row_of(struct screen_rows *rows, const struct tally_site *s, bool ascii)
{
	struct screen_row like = {0}, *r, *more;

	name_row(&like, s, ascii);
	r = find(rows, &like);
	if (r)
		return r;
	more = realloc(rows->row, (rows->n + 1) * sizeof(*more));
	if (!more)
		return NULL;
	rows->row = more;
	more[rows->n] = like;
	return &more[rows->n++];
}

static void take(struct screen_row *r, const struct tally_site *s, double seconds, bool ascii)
{
	const struct decider *d = s->decider;
	const char *rule = d && !d->n_candidates ? decider_text(d, "rule") : NULL;
	char check[200] = "";

	memmove(r->past, r->past + 1, sizeof(r->past) - sizeof(r->past[0]));
	/* a packet that was taken for dead and went on is taken back */
	r->rate = s->packets > r->total ? (s->packets - r->total) / seconds : 0;
	r->past[SCREEN_HISTORY - 1] = r->rate;
	r->total = s->packets;
	r->bytes = s->bytes;
	r->cost_ns = s->timed ? s->cost_ns / s->timed : 0;
	if (s->check.has)
		snprintf(check, sizeof(check), "%s %s: %llu", s->check.counter,
			 s->check.agrees ? "agrees" : "says otherwise",
			 (unsigned long long)s->check.delta);
	safe(r->rule, sizeof(r->rule), rule ? rule : "", ascii);
	safe(r->why, sizeof(r->why), s->why, ascii);
	safe(r->next, sizeof(r->next), s->next, ascii);
	safe(r->check, sizeof(r->check), check, ascii);
}

static double per_second(uint64_t now, uint64_t *before, double seconds)
{
	double rate = now > *before ? (now - *before) / seconds : 0;

	*before = now;
	return rate;
}

int screen_rows_update(struct screen_rows *r, const struct tally *all, uint64_t ns, bool ascii)
{
	double seconds = ns ? ns / SECOND : 1;

	for (size_t i = 0; i < all->n_sites; i++) {
		struct screen_row *row = row_of(r, &all->sites[i], ascii);

		if (!row)
			return -ENOMEM;
		take(row, &all->sites[i], seconds, ascii);
	}
	r->seen = per_second(all->seen, &r->totals[0], seconds);
	r->delivered = per_second(all->outcomes[OUTCOME_DELIVERED], &r->totals[1], seconds);
	r->transmitted = per_second(all->outcomes[OUTCOME_TRANSMITTED], &r->totals[2], seconds);
	r->dropped = per_second(all->outcomes[OUTCOME_DROPPED], &r->totals[3], seconds);
	memcpy(r->layers, all->dropped, sizeof(r->layers));
	r->lost = all->lost_events;
	r->drops_only = all->drops_only || all->drops_only_ns > r->rested_ns;
	r->rested_ns = all->drops_only_ns;
	return 0;
}

static int by_total(const void *a, const void *b)
{
	const struct screen_row *x = a, *y = b;

	return x->total != y->total ? (x->total < y->total ? 1 : -1) : strcmp(x->where, y->where);
}

static int by_rate(const void *a, const void *b)
{
	const struct screen_row *x = a, *y = b;

	return x->rate != y->rate ? (x->rate < y->rate ? 1 : -1) : by_total(a, b);
}

static int by_layer(const void *a, const void *b)
{
	const struct screen_row *x = a, *y = b;

	return x->layer != y->layer ? (x->layer > y->layer ? 1 : -1) : by_total(a, b);
}

void screen_rows_sort(struct screen_rows *r, enum screen_sort by)
{
	static int (*const orders[SCREEN_SORT_MAX])(const void *, const void *) = {
		[SCREEN_SORT_RATE] = by_rate,
		[SCREEN_SORT_TOTAL] = by_total,
		[SCREEN_SORT_LAYER] = by_layer,
	};

	if (r->n)
		qsort(r->row, r->n, sizeof(*r->row), orders[by]);
}

bool screen_row_fits(const struct screen_row *r, const char *text)
{
	return strcasestr(r->where, text) || strcasestr(r->who, text) ||
	       strcasestr(r->reason, text) || strcasestr(layer_name(r->layer), text);
}

void screen_row_bars(struct text *t, const struct screen_row *r, bool ascii)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};
	double most = 0;

	for (int i = 0; i < SCREEN_HISTORY; i++)
		most = r->past[i] > most ? r->past[i] : most;
	for (int i = 0; i < SCREEN_HISTORY; i++) {
		int level = 0;

		/* eight steps, each half of the one above it */
		for (double v = most; r->past[i] > 0 && level < 7 && v > r->past[i] * 1.4; v /= 2)
			level++;
		if (r->past[i] > 0)
			level = 8 - level;
		text_printf(t, "%s", ascii ? plain[level] : blocks[level]);
	}
}

void screen_rows_clear(struct screen_rows *r)
{
	free(r->row);
	*r = (struct screen_rows){0};
}
