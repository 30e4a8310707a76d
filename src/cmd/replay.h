/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording through the same book, names and sinks as live: what read, flows, drops, diff and
 * report of one have in common.
 */
#ifndef WAYBILL_CMD_REPLAY_H
#define WAYBILL_CMD_REPLAY_H

#include "cmd/options.h"
#include "output/sink.h"

/*
 * Reads o->read, which must be set; in: its file, which is taken over, NULL: it is opened here.
 * Before its content is looked at the process gives up all rights: it can write to files that are
 * open, and nothing else. The journeys go to sink, which is taken over and freed; NULL:
 * to those that the options choose. A damaged file gives what it holds up to there. An exit code;
 * what went wrong was printed.
 */
struct recording_in;
int replay(const struct options *o, struct recording_in *in, struct sink *sink);

#endif
