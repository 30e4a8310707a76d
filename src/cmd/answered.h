/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journeys of dropped packets that an ICMP error or a reset answers, and of packets that were cut,
 * held back until the fate of that answer, or of their fragments, is known. What is told is not
 * decided here, see causes/lost_answer.h and parts.h.
 */
#ifndef WAYBILL_CMD_ANSWERED_H
#define WAYBILL_CMD_ANSWERED_H

#include "model/journey.h"

struct answered_journey;
struct answered {
	struct answered_journey *list; /* by the time of their ends */
	size_t n;
};

/* Takes over what the journey owns, and clears it. False, j is untouched: there is no room. */
bool answered_hold(struct answered *a, struct journey *j);

/* Hands back who has waited long enough at now_ns, on the events' clock; UINT64_MAX: all. */
void answered_release(struct answered *a, uint64_t now_ns, void (*fn)(void *arg, struct journey *j),
		      void *arg);
/* When the oldest that is held was first seen; UINT64_MAX: none is. */
uint64_t answered_oldest_ns(const struct answered *a);
/* Drops those that are still held. */
void answered_clear(struct answered *a);

#endif
