/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What processes did with sockets, held until every packet that it can be about has been told: the
 * events of two CPUs may come the other way round. Which packet it is about, the book decides.
 */
#ifndef WAYBILL_JOURNEY_READS_H
#define WAYBILL_JOURNEY_READS_H

#include <stddef.h>
#include <stdint.h>

#include "journey/entry.h"
#include "waybill/event.h"

struct held_read {
	struct held_read *prev, *next;
	union {
		struct wb_event ev;
		uint8_t bytes[EVENT_SIZE_MAX];
	} e;
};

struct reads {
	struct held_read *list;
	size_t n;
};

/* Keeps a copy, in the order of their times. 0 or -ENOMEM. */
int reads_hold(struct reads *r, const struct wb_event *ev);
/* The first, if its time has come or if there are too many: the caller's to free. NULL: none. */
struct held_read *reads_due(struct reads *r, uint64_t now_ns);

#endif
