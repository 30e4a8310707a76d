/* SPDX-License-Identifier: GPL-2.0-only */
/* An event taken apart: its sections and its body, once it is known that they are really there. */
#ifndef WAYBILL_MODEL_EVENT_H
#define WAYBILL_MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>

#include "waybill/event.h"
#include "waybill/probe.h"

struct event_parts {
	const struct wb_packet *packet; /* NULL: not in this event, as the next two */
	const struct wb_task *task;
	const struct wb_raw *raw;
	const void *body; /* of the event's kind */
};

/* False: not a whole event of a known kind and probe; room bytes can be read at ev. */
bool event_open(const struct wb_event *ev, size_t room, struct event_parts *ret);

#endif
