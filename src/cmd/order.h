/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finished journeys in the order of their first sight: each waits for those that were seen before
 * it and are not finished, but for no longer than a second, a TCP segment two. What is done with
 * them is not known here.
 */
#ifndef WAYBILL_CMD_ORDER_H
#define WAYBILL_CMD_ORDER_H

#include "model/journey.h"

struct order_item;
struct order {
	struct order_item *list; /* by the time of their first sight */
	struct order_item *near; /* the one that came last, if it is still there */
	size_t n;
	uint64_t last_ns; /* the first sight of the one that was handed out last */
};

/* Takes over what the journey owns, and clears it. */
void order_put(struct order *o, struct journey *j);
/*
 * Hands out who has waited enough at now_ns (UINT64_MAX: all), on the events' clock, where the
 * oldest that is not finished was first seen at open_ns (UINT64_MAX: there is none). Who comes
 * after one that was seen later is marked as late.
 */
void order_release(struct order *o, uint64_t now_ns, uint64_t open_ns,
		   void (*fn)(void *arg, struct journey *j), void *arg);
/* Drops those that are still held. */
void order_clear(struct order *o);

#endif
