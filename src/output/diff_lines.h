/* SPDX-License-Identifier: GPL-2.0-only */
/* Two journeys beside each other, as text and as a JSON line. */
#ifndef WAYBILL_OUTPUT_DIFF_LINES_H
#define WAYBILL_OUTPUT_DIFF_LINES_H

#include "model/diff.h"
#include "output/sink.h"

struct diff_side {	     /* what one of the two stands for */
	const char *what;    /* as the command line has it: a number, a filter, a file */
	uint64_t alike, all; /* typical: of so many; all 0: it was chosen by number */
};

void diff_text(struct text *t, const struct diff *d, const struct diff_side sides[2],
	       const struct sink_opts *o);
void diff_json(struct text *t, const struct diff *d, const struct diff_side sides[2]);

#endif
