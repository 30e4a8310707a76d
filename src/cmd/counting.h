/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What drops, top and export have in common: packets are counted in the kernel by the path that
 * they took; each path is judged once, as a journey, and its sums go into a tally. What is done
 * with the tally is the caller's.
 */
#ifndef WAYBILL_CMD_COUNTING_H
#define WAYBILL_CMD_COUNTING_H

#include "cmd/live.h"
#include "model/tally.h"

struct counting {
	/* set by the caller */
	struct options o;
	/* Every interval: interval is what was counted in it, all the run so far. May set stop. */
	void (*show)(struct counting *c, struct tally *interval, uint64_t interval_ns);
	/* NULL, or before it is announced that all is attached: an exit code. */
	int (*ready)(struct counting *c);
	/* NULL, or on each turn of the loop: keys, connections. */
	void (*idle)(struct counting *c);
	void *arg;
	uint64_t interval_ns; /* UINT64_MAX: no interval, only all */
	bool tells_end;	      /* what all came to is told at the end */

	struct live live;
	struct tally all;
	uint64_t start_ns, all_ns; /* all_ns: how long all has been counted, at the end */
	bool stop;

	/* private */
	struct counting_work *work;
};

/* Attaches, announces, counts until the end, and holds all, if it is told, against the kernel's
 * counters. An exit code; what went wrong was printed. */
int counting_run(struct counting *c);
/*
 * Counts once more and holds all against the kernel's own counters; counting_run() does it at the
 * end. whole: also looks for what only a counter saw, in all namespaces, and may be called but
 * once.
 */
void counting_check(struct counting *c, bool whole);
/*
 * The latest journeys of the paths that ended at this site, at most n, the newest first; each is
 * cleared afterwards, and its time is when its path was last counted.
 */
void counting_journeys(struct counting *c, const struct tally_site *site, size_t n,
		       void (*fn)(void *arg, const struct journey *j), void *arg);
void counting_close(struct counting *c);

#endif
