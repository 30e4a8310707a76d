/* SPDX-License-Identifier: GPL-2.0-only */
/* --histogram: journeys become the times of their legs, which are told at the end. */
#ifndef WAYBILL_CMD_LATENCY_SINK_H
#define WAYBILL_CMD_LATENCY_SINK_H

#include "output/sink.h"

/* rest: who writes the start and the summary, and no journeys; taken over; NULL: nobody. NULL: no
 * memory. */
struct sink *sink_latency_new(const struct sink_opts *o, bool json, struct sink *rest);

#endif
