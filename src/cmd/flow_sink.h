/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys as conversations: a sink, as the others are. */
#ifndef WAYBILL_CMD_FLOW_SINK_H
#define WAYBILL_CMD_FLOW_SINK_H

#include "output/sink.h"

/* quiet: no summary. json: a line for each that changed, every interval_ns, and for all at the end.
 * NULL: no memory. */
struct sink *sink_flows_new(const struct sink_opts *o, bool json, bool quiet, uint64_t interval_ns);

#endif
