/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys as conversations: a sink, as the others are. */
#ifndef WAYBILL_CMD_FLOW_SINK_H
#define WAYBILL_CMD_FLOW_SINK_H

#include "output/sink.h"

/* json: a line for each that changed, every interval_ns, and for all at the end.
 * slowest, if not 0: at the end only so many, which took longest. NULL: no memory. */
struct sink *sink_flows_new(const struct sink_opts *o, bool json, uint64_t interval_ns,
			    uint64_t slowest);

#endif
