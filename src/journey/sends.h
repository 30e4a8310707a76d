/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends that failed before there was a packet. One send asks several tables, and a table without a
 * route is no failure if a later one has it; what the call returned is told last. So a failure is
 * held until it is certain; inside this room only.
 */
#ifndef WAYBILL_JOURNEY_SENDS_H
#define WAYBILL_JOURNEY_SENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journey/entry.h"
#include "model/event.h"

#define SENDS_MAX 32 /* of all processes, within the time that a send takes */

struct held_send {
	bool looked, returned; /* a look-up told it; what the call returned is known */
	union {
		struct wb_event ev;
		uint8_t bytes[EVENT_SIZE_MAX];
	} e;
};

struct sends { /* zeroed: none */
	/* the last look-up that found a route: events may come in another order than they happened
	 */
	uint64_t found_ns;
	uint32_t found_pid;
	uint8_t found_daddr[16];
	struct held_send held[SENDS_MAX]; /* in the order in which they came */
	size_t n;
};

/*
 * A failure. True: it is of a send that is held already and now part of it, or of none that failed.
 * False: to be held.
 */
bool sends_failed(struct sends *s, const struct wb_event *ev, const struct event_parts *p);
/* Keeps this one. There must be room: sends_due() tells of the first as soon as there is none. */
void sends_hold(struct sends *s, const struct wb_event *ev);
/* A look-up that found a route. True: it was for one that is held, which did not fail. */
bool sends_found_route(struct sends *s, const struct wb_event *ev, const struct event_parts *p);
/*
 * The first of which nothing more can be said at now_ns (UINT64_MAX: of any), or that must go to
 * make room; NULL: there is none. It stays until sends_forget_first(), and is marked as the last
 * event of that send.
 */
const struct wb_event *sends_due(struct sends *s, uint64_t now_ns);
void sends_forget_first(struct sends *s);

#endif
