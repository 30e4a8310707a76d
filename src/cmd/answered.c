/* SPDX-License-Identifier: GPL-2.0-only */
/* See answered.h. */
#include "cmd/answered.h"

#include <stdlib.h>
#include <utlist.h>

#include "util/clock.h"

/* The answer is sent while its packet is dropped; it crosses a few devices, and its journey is told
 * 10 ms after its end (journey/book.c). */
#define WAIT_NS	 (100 * MS_NS)
#define HELD_MAX 1024

struct answered_journey {
	struct answered_journey *prev, *next;
	struct journey j;
};

bool answered_hold(struct answered *a, struct journey *j)
{
	struct answered_journey *item = a->n < HELD_MAX ? malloc(sizeof(*item)) : NULL;

	if (!item)
		return false;
	item->j = *j;
	*j = (struct journey){0};
	DL_APPEND(a->list, item);
	a->n++;
	return true;
}

static bool is_over(const struct journey *j, uint64_t now_ns)
{
	return now_ns > WAIT_NS && j->ts_ns + j->duration_ns < now_ns - WAIT_NS;
}

static struct answered_journey *take(struct answered *a)
{
	struct answered_journey *item = a->list;

	DL_DELETE(a->list, item);
	a->n--;
	return item;
}

static void drop(struct answered_journey *item)
{
	journey_clear(&item->j);
	free(item);
}

void answered_release(struct answered *a, uint64_t now_ns,
		      void (*fn)(void *arg, struct journey *j), void *arg)
{
	while (a->list && is_over(&a->list->j, now_ns)) {
		struct answered_journey *item = take(a);

		fn(arg, &item->j);
		drop(item);
	}
}

uint64_t answered_oldest_ns(const struct answered *a)
{
	const struct answered_journey *item;
	uint64_t oldest = UINT64_MAX;

	DL_FOREACH(a->list, item)
	if (item->j.ts_ns < oldest)
		oldest = item->j.ts_ns;
	return oldest;
}

void answered_clear(struct answered *a)
{
	while (a->list)
		drop(take(a));
}
