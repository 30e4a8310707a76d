/* SPDX-License-Identifier: GPL-2.0-only */
/* A conversation as a JSON line, and as text. */
#ifndef WAYBILL_OUTPUT_FLOW_LINES_H
#define WAYBILL_OUTPUT_FLOW_LINES_H

#include "model/flow.h"
#include "util/text.h"

void flow_json(struct text *t, const struct flow *f, bool final);
void flow_text(struct text *t, const struct flow *f, bool final);

#endif
