/* SPDX-License-Identifier: GPL-2.0-only */
/* See slowest_sink.h. They are kept in order, so that who is faster than the last costs nothing. */
#include "cmd/slowest_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

struct item {
	struct item *prev, *next;
	struct journey j;
};

struct slowest_sink {
	struct sink sink;
	struct sink *inner;
	struct item *items; /* the slowest first */
	uint64_t n, most;
};

static int on_start(struct sink *sink, const struct sink_start *info)
{
	struct slowest_sink *s = (struct slowest_sink *)sink;

	return sink_start(s->inner, info);
}

static void drop(struct slowest_sink *s, struct item *item)
{
	DL_DELETE(s->items, item);
	journey_clear(&item->j);
	free(item);
	s->n--;
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct slowest_sink *s = (struct slowest_sink *)sink;
	struct item *item, *before = s->items ? s->items->prev : NULL; /* the last */

	if (s->n == s->most && before->j.duration_ns >= j->duration_ns)
		return 0;
	item = calloc(1, sizeof(*item));
	if (!item || journey_copy(&item->j, j)) {
		free(item);
		return -ENOMEM;
	}
	while (before && before->j.duration_ns < j->duration_ns)
		before = before == s->items ? NULL : before->prev;
	if (before)
		DL_APPEND_ELEM(s->items, before, item);
	else
		DL_PREPEND(s->items, item);
	if (++s->n > s->most)
		drop(s, s->items->prev);
	return 0;
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct slowest_sink *s = (struct slowest_sink *)sink;
	int r = 0;

	while (s->items && !r) {
		r = s->inner->ops->journey(s->inner, &s->items->j);
		drop(s, s->items);
	}
	return r ? r : sink_summary(s->inner, sum);
}

static void on_free(struct sink *sink)
{
	struct slowest_sink *s = (struct slowest_sink *)sink;

	while (s->items)
		drop(s, s->items);
	sink_free(s->inner);
	free(s);
}

static const struct sink_ops ops = {
	.start = on_start, .journey = on_journey, .summary = on_summary, .free = on_free};

struct sink *sink_slowest_new(struct sink *inner, uint64_t n)
{
	struct slowest_sink *s = calloc(1, sizeof(*s));

	if (!s) {
		sink_free(inner);
		return NULL;
	}
	s->sink.ops = &ops;
	s->sink.o = inner->o;
	s->inner = inner;
	s->inner->o.fold = false; /* each is one of those that were asked for */
	s->most = n;
	return &s->sink;
}
