/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When to follow packets and when to rest: to follow each costs as much as the packet itself, so a
 * CPU that has too many of them is left alone for a while. Plain arithmetic; who attaches and
 * detaches is collect.c.
 */
#ifndef WAYBILL_COLLECT_PACE_H
#define WAYBILL_COLLECT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pace {
	/* of each CPU, how often the filter was asked: now, set by the caller, and a turn before */
	uint64_t *looked, *before;
	size_t n_cpus;
	uint64_t limit; /* a second, on one CPU */

	bool resting;
	uint64_t last_ns;   /* of the last turn; 0: none yet */
	uint64_t since_ns;  /* how long this has gone on */
	unsigned crowded;   /* turns in a row with too many */
	uint64_t rest_ns;   /* the last rest */
	uint64_t rested_ns; /* all rests, until the last turn */
};

enum pace_turn { PACE_AS_IT_IS, PACE_REST, PACE_GO_ON };

/* One packet is asked about once if all are wanted, else at each station at which it can begin. */
int pace_init(struct pace *p, size_t n_cpus, bool all_wanted); /* 0 or -ENOMEM */
void pace_clear(struct pace *p);

/* Is it time to look at the numbers? */
bool pace_is_due(const struct pace *p, uint64_t now_ns);
/* Judges looked; what it returns is to be done. */
enum pace_turn pace_turn(struct pace *p, uint64_t now_ns);
/* All rests until now. */
uint64_t pace_rested_ns(const struct pace *p, uint64_t now_ns);

#endif
