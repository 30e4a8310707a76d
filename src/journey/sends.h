/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends that failed before there was a packet. One send asks several tables, and a table without a
 * route is no failure if a later one has it; what the call returned is told last. So a failure is
 * held until it is certain; inside this room only.
 */
#ifndef WAYBILL_JOURNEY_SENDS_H
#define WAYBILL_JOURNEY_SENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "journey/entry.h"
#include "model/event.h"

struct sends { /* zeroed: none */
	bool holds;
	/* the last look-up that found a route: events may come in another order than they happened
	 */
	uint64_t found_ns;
	uint32_t found_pid;
	uint8_t found_daddr[16];
	union {
		struct wb_event ev;
		uint8_t bytes[EVENT_SIZE_MAX];
	} held;
};

/* A failure. True: it is of the send that is held already and now part of it, or of none that
 * failed. */
bool sends_failed(struct sends *s, const struct wb_event *ev, const struct event_parts *p);
/* Keeps this one; the one that was held before must have been told. */
void sends_hold(struct sends *s, const struct wb_event *ev);
/* A look-up that found a route. True: it was for the send that is held, which did not fail. */
bool sends_found_route(struct sends *s, const struct wb_event *ev, const struct event_parts *p);
/* Can nothing more be said about the one that is held? */
bool sends_over(const struct sends *s, uint64_t now_ns);

#endif
