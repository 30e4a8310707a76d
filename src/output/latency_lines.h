/* SPDX-License-Identifier: GPL-2.0-only */
/* Legs and their times as bars, and as JSON lines. */
#ifndef WAYBILL_OUTPUT_LATENCY_LINES_H
#define WAYBILL_OUTPUT_LATENCY_LINES_H

#include "model/latency.h"
#include "util/text.h"

void latency_text(struct text *t, const struct latency *l);
/* A line a leg. */
void latency_json(struct text *t, const struct latency *l);

#endif
