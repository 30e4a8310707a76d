/* SPDX-License-Identifier: GPL-2.0-only */
/* See order.h. */
#include "cmd/order.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <utlist.h>

#include "util/clock.h"

#define WAIT_NS SECOND_NS
/* A segment that was not read is told after two seconds (journey/book.c), and its connection's
 * others shall not come before it. */
#define WAIT_TCP_NS (2200 * MS_NS)
#define HELD_MAX    4096

struct order_item {
	struct order_item *prev, *next;
	struct journey j;
};

/* When the packet was first seen of which it is a copy, or it itself: an id begins with that. */
static uint64_t family_ns(const struct journey *j)
{
	uint64_t parent = journey_copy_of(j) >> WB_ID_CPU_BITS;

	if (parent) /* the id has no room for years */
		parent |= j->ts_ns & ~(UINT64_MAX >> WB_ID_CPU_BITS);
	return parent && parent < j->ts_ns ? parent : j->ts_ns;
}

/* Copies stand right behind the packet. */
static bool comes_after(const struct journey *a, const struct journey *b)
{
	uint64_t a_ns = family_ns(a), b_ns = family_ns(b);

	return a_ns > b_ns || (a_ns == b_ns && a->ts_ns > b->ts_ns);
}

/* Its place is looked for from that of the one before: they come in runs, each of which is in
 * order.
 */
static void insert(struct order *o, struct order_item *item)
{
	struct order_item *before = o->near ? o->near : o->list ? o->list->prev : NULL;

	while (before && before->next && !comes_after(&before->next->j, &item->j))
		before = before->next;
	while (before && comes_after(&before->j, &item->j))
		before = before == o->list ? NULL : before->prev;
	DL_APPEND_ELEM(o->list, before, item);
	o->near = item;
	o->n++;
}

void order_put(struct order *o, struct journey *j)
{
	struct order_item *item = malloc(sizeof(*item));

	if (!item)
		abort();
	item->j = *j;
	*j = (struct journey){0};
	insert(o, item);
}

static bool is_due(const struct order *o, uint64_t now_ns, uint64_t open_ns)
{
	const struct journey *j = &o->list->j;
	bool is_tcp = j->has_packet && j->packet.family && j->packet.proto == IPPROTO_TCP;
	uint64_t wait_ns = is_tcp ? WAIT_TCP_NS : WAIT_NS;
	uint64_t begun_ns = j->last_copy_ns > j->ts_ns ? j->last_copy_ns : j->ts_ns;

	return begun_ns <= open_ns || o->n > HELD_MAX ||
	       (now_ns > wait_ns && j->ts_ns + j->duration_ns < now_ns - wait_ns);
}

static struct order_item *take(struct order *o)
{
	struct order_item *item = o->list;

	DL_DELETE(o->list, item);
	if (o->near == item)
		o->near = NULL;
	o->n--;
	return item;
}

static void drop(struct order_item *item)
{
	journey_clear(&item->j);
	free(item);
}

void order_release(struct order *o, uint64_t now_ns, uint64_t open_ns,
		   void (*fn)(void *arg, struct journey *j), void *arg)
{
	while (o->list && is_due(o, now_ns, open_ns)) {
		struct order_item *item = take(o);

		item->j.late = family_ns(&item->j) < o->last_ns;
		if (!item->j.late)
			o->last_ns = family_ns(&item->j);
		fn(arg, &item->j);
		drop(item);
	}
}

void order_clear(struct order *o)
{
	while (o->list)
		drop(take(o));
}
