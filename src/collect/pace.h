/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When to follow packets and when to rest: to follow each may cost as much as the packet itself, so
 * a CPU on which that would take more than the budget is left alone for a while. Plain arithmetic;
 * who measures, attaches and detaches is tend.c.
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
	uint64_t budget_ns; /* of a second of one CPU */
	uint64_t cost_ns;   /* of one packet, as it was measured last */
	uint64_t cost_at_ns; /* when that was; 0: assumed */
	bool measures;	    /* this turn's run time is asked for */

	bool resting;
	uint64_t last_ns;   /* of the last turn; 0: none yet */
	uint64_t since_ns;  /* how long this has gone on */
	unsigned crowded;   /* turns in a row with too many */
	uint64_t rest_ns;   /* the last rest */
	uint64_t rested_ns; /* all rests, until the last turn */
};

enum pace_turn { PACE_AS_IT_IS, PACE_REST, PACE_GO_ON };

int pace_init(struct pace *p, size_t n_cpus, unsigned percent); /* of a CPU. 0 or -ENOMEM */
void pace_clear(struct pace *p);

/* Is it time to look at the numbers? */
bool pace_is_due(const struct pace *p, uint64_t now_ns);
/* How long the programs ran in the turn that ends now, on all CPUs: where p->measures said so. */
void pace_cost(struct pace *p, uint64_t now_ns, uint64_t ran_ns);
/* Judges looked; what it returns is to be done. */
enum pace_turn pace_turn(struct pace *p, uint64_t now_ns);
/* All rests until now. */
uint64_t pace_rested_ns(const struct pace *p, uint64_t now_ns);

#endif
