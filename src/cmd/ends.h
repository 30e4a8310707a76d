/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paths at which packets ended: what the kernel counted on each, and what that means. When to
 * read and when to judge is counting.c's.
 */
#ifndef WAYBILL_CMD_ENDS_H
#define WAYBILL_CMD_ENDS_H

#include <uthash.h>

#include "collect/collect.h"
#include "journey/paths.h"
#include "model/tally.h"
#include "causes/resolve.h"
#include "waybill/count.h"

/* A path at which packets ended. */
struct end {
	uint64_t path;
	struct tally_sums kernel, silent, told; /* the kernel's; ended in silence; in the tallies */
	struct journey journey;			/* judged; without its steps */
	bool judged;
	bool in_slot; /* a CPU keeps sums of it for itself */
	uint64_t judged_ns, counted_ns;
	UT_hash_handle hh;
};

struct ends {
	struct paths *paths; /* owned, as is resolve */
	struct resolve *resolve;
	struct end *all;
	uint64_t doomed_ns; /* since then old paths may be told again; 0: none are let go */
	uint64_t aged_ns;
};

/* Found, or new; NULL: no memory. */
struct end *ends_find(struct ends *all, uint64_t path);
/* Its fate and decider as they are now. Not judged: an event of it did not come yet. */
void ends_judge(struct ends *all, struct end *e, uint64_t now_ns);
/* Its journey as it is judged now, with all its steps, which may be of several packets, and no
 * times. 0, and the caller clears it; else -ENOENT or -ENOMEM. */
int ends_journey(const struct ends *all, const struct end *e, struct journey *ret);
/*
 * Lets go of what was not counted for a while, where there is much of it: machines whose containers
 * come and go would else fill the tables, and nothing new would be told. To be called when all that
 * the kernel has was counted.
 */
void ends_age(struct ends *all, struct collect *c, uint64_t now_ns);
void ends_clear(struct ends *all);

#endif
