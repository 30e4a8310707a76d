/* SPDX-License-Identifier: GPL-2.0-only */
/* The journeys that took longest: in front of another sink, which is told of them alone. */
#ifndef WAYBILL_CMD_SLOWEST_SINK_H
#define WAYBILL_CMD_SLOWEST_SINK_H

#include "output/sink.h"

/* n of them, at the end, the slowest first. Takes inner over, also where it fails: NULL, no memory.
 */
struct sink *sink_slowest_new(struct sink *inner, uint64_t n);

#endif
