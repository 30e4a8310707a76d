/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of layers and sites that drops prints, as text and as a JSON line. */
#ifndef WAYBILL_OUTPUT_LAYERS_H
#define WAYBILL_OUTPUT_LAYERS_H

#include "model/tally_group.h"
#include "util/text.h"

/* by: sums by an attribute, BY_SITE none. interval_ns: the time in which it was counted. */
void layers_json(struct text *t, const struct tally *n, enum tally_by by, uint64_t interval_ns,
		 bool final);
void layers_text(struct text *t, const struct tally *n, enum tally_by by, uint64_t interval_ns,
		 bool final);

#endif
