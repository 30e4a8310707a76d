/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of open journeys, small: most bytes of an event are those of the event before it, or zero,
 * and are left out. Loses nothing; knows no meaning.
 */
#ifndef WAYBILL_JOURNEY_PACK_H
#define WAYBILL_JOURNEY_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "waybill/event.h"

/* The most that an event of size bytes can need. */
#define PACKED_MAX(size) ((size) + ((size) + 7) / 8 + (size) / 64 + 12)

/* before: the header of the journey's last event, zeroed for the first. Returns bytes written. */
size_t pack_event(uint8_t *out, const struct wb_event *ev, const struct wb_event *before);

/* The other way round; before is the header that was written last. Returns bytes read. */
size_t unpack_event(const uint8_t *in, const struct wb_event *before, struct wb_event *ret);

#endif
