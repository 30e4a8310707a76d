/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journeys against each other: two of them station by station, and of many the one that is typical.
 * The face of this room. Pure: nobody is asked.
 */
#ifndef WAYBILL_COMPARE_COMPARE_H
#define WAYBILL_COMPARE_COMPARE_H

#include "model/diff.h"

/* Both must outlive *ret, which the caller clears. 0 or -ENOMEM. */
int compare(const struct journey *a, const struct journey *b, struct diff *ret);

/* Journeys of which one is to stand for the others. */
struct typical;
/* NULL: no memory. */
struct typical *typical_new(void);
/* Counts it, and keeps a copy if need be. 0 or -ENOMEM. */
int typical_add(struct typical *t, const struct journey *j);
/*
 * The one that took the median time among those of the commonest way; NULL: there was none. Lives
 * as long as t. ret_alike, ret_all: how many went that way, and how many there were.
 */
const struct journey *typical_of(struct typical *t, uint64_t *ret_alike, uint64_t *ret_all);
void typical_free(struct typical *t);

#endif
