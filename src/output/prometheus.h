/* SPDX-License-Identifier: GPL-2.0-only */
/* A tally as Prometheus text (exposition format 0.0.4). Who serves or stores it is src/cmd/. */
#ifndef WAYBILL_OUTPUT_PROMETHEUS_H
#define WAYBILL_OUTPUT_PROMETHEUS_H

#include "model/tally.h"
#include "output/sink.h"
#include "util/text.h"

#define PROMETHEUS_VALUES_MAX 50 /* different rules, or programs, that become labels */

struct prometheus {
	const struct tally *all; /* since the start: the counters never fall */
	const struct sink_start *start;
	const uint64_t *losses; /* WB_LOSS_MAX */
	uint64_t misses;
	bool rules, programs; /* who decided as labels, on request: there can be many */
	int64_t conntrack_entries, conntrack_limit; /* -1: not known */
};

/* t->failed: no memory, and the text is cut. */
void prometheus_text(struct text *t, const struct prometheus *p);

#endif
