/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments, and what became of each. The packet that was cut only knows that; whether it can be
 * put together again, its parts tell, which are journeys of their own.
 */
#ifndef WAYBILL_CAUSES_PARTS_H
#define WAYBILL_CAUSES_PARTS_H

#include "model/journey.h"

#define PARTS_MAX 256

struct part {
	uint64_t whole;		 /* kernel id of what it is a part of; 0: none */
	int at;			 /* where in it the part begins */
	bool arrived;		 /* it came last, and went on as the whole; else it was dropped */
	struct decider *decider; /* reference owned, by whom; NULL unknown */
};

struct parts {
	struct part parts[PARTS_MAX];
	size_t next;
};

/* Notes a journey if it is that of a fragment, and its end says something of the others. */
void parts_note(struct parts *p, const struct journey *j);
/* Might parts of this packet tell something of it? */
bool parts_concern(const struct journey *j);
/* True: they did, and j tells it. */
bool parts_tell(const struct parts *p, struct journey *j);
void parts_clear(struct parts *p);

#endif
