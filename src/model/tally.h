/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting finished journeys: by outcome, by layer, and by the site at which they died. Plain data
 * and sums; who compares them with the kernel's own counters is src/resolve/.
 */
#ifndef WAYBILL_MODEL_TALLY_H
#define WAYBILL_MODEL_TALLY_H

#include "model/journey.h"

struct tally_check {
	bool has;
	char counter[96]; /* as its own tool calls it */
	uint64_t delta;
	bool agrees;
};

/* One place, reason and decider at which packets die. */
struct tally_site {
	enum wb_layer layer;
	enum wb_station station;
	char reason[48], location[64];
	struct place at;
	uint8_t family, proto; /* of the first packet: says which of the kernel's counters it is */
	struct decider *decider;	  /* reference owned */
	uint64_t packets, bytes, cost_ns; /* cost_ns: the sum */
	struct tally_check check;
};

struct tally {
	uint64_t seen, outcomes[OUTCOME_MAX], dropped[WB_LAYER_MAX], lost_events;
	struct tally_site *sites;
	size_t n_sites;
	bool crowded; /* more sites than are kept: the layers still count them */
};

/* A journey that has its fate and, if it was dropped, its decider. 0 or -ENOMEM. */
int tally_add(struct tally *t, const struct journey *j);
/* Most packets first. */
void tally_sort(struct tally *t);
/* Back to zero; frees what it owns. */
void tally_clear(struct tally *t);

#endif
