/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journeys that are like one that was printed just now, as a count. Like: the same ends (the higher
 * port aside), way, verdicts, deciders and outcome; lengths, numbers and times may differ.
 */
#ifndef WAYBILL_OUTPUT_FOLD_H
#define WAYBILL_OUTPUT_FOLD_H

#include "model/journey.h"
#include "util/text.h"

#define FOLDS 8 /* remembered at a time: the directions of a few connections */

struct fold_group {
	struct text like;	    /* what they have in common */
	struct text what;	    /* the first one's packet, for the line */
	uint64_t first;		    /* its number */
	uint64_t more;		    /* not told yet */
	uint64_t told;		    /* told */
	uint64_t last;		    /* number of the last one */
	uint64_t last_ns;	    /* when it was seen, wall clock */
	uint64_t since_ns;	    /* when the first of those that are not told was seen */
	uint64_t least_ns, most_ns; /* how long they took */
};

struct fold {
	struct fold_group groups[FOLDS];
	size_t n;
};

/* Is it like one of them? Then it is counted. Else it is remembered, and to be printed; if one must
 * be forgotten for that, it is written to t first, if it has more to tell. */
bool fold_journey(struct fold *f, const struct journey *j, struct text *t);
/* Writes the counts of those whose first was seen until until_ns. */
void fold_tell(struct fold *f, uint64_t until_ns, struct text *t);
void fold_clear(struct fold *f);

#endif
