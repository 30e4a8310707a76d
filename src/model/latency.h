/* SPDX-License-Identifier: GPL-2.0-only */
/* How long packets took from one station to the next, in powers of two. Plain data. */
#ifndef WAYBILL_MODEL_LATENCY_H
#define WAYBILL_MODEL_LATENCY_H

#include "model/journey.h"

#define LATENCY_BUCKETS 40 /* the nth holds times below 2^n ns, the last all that are longer */
#define LATENCY_LEGS	1024

struct latency_leg {
	enum wb_station from, to;
	struct place at; /* where it ends */
	uint64_t n, sum_ns, max_ns;
	uint64_t buckets[LATENCY_BUCKETS];
};

struct latency {
	struct latency_leg *legs; /* owned, in the order in which they were seen */
	size_t n;
	uint64_t others; /* times that belong to none, because there were too many legs */
};

/* 0 or -ENOMEM. */
int latency_add(struct latency *l, const struct journey *j);
/* The upper end of the bucket in which so many percent of the times, or fewer, lie; at most the
 * longest of them. */
uint64_t latency_percentile(const struct latency_leg *l, unsigned percent);
/* The upper end of the nth bucket, in ns. */
uint64_t latency_bound(size_t n);
void latency_clear(struct latency *l);

#endif
