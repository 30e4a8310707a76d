/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The answers of a recording, held back until the journey is judged again for which they were
 * given: what a counter stood at then is not what it stood at for the journey before.
 */
#ifndef WAYBILL_CMD_ANSWERS_H
#define WAYBILL_CMD_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

struct answer;
struct resolve;
struct answers {
	struct answer *list; /* in the order of the file */
	size_t n;
	struct resolve *resolve; /* who is given them */
};

/* Copies both. */
void answers_put(struct answers *a, const char *key, const char *json);
/* Gives those that were asked for before any journey was judged, when an event came. */
void answers_before_marks(struct answers *a);
/* Gives all up to this journey's last. Without any of its own it has what was asked before. */
void answers_for(struct answers *a, uint64_t journey);
void answers_all(struct answers *a);
void answers_clear(struct answers *a);

#endif
