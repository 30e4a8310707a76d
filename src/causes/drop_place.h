/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a drop is counted: its station, its layer and its reason. */
#ifndef WAYBILL_CAUSES_DROP_PLACE_H
#define WAYBILL_CAUSES_DROP_PLACE_H

#include "causes/ending.h"

/*
 * Fills in j->drop, which has e's own reason, by e; a hook at which the packet died gets its
 * verdict.
 */
void drop_place(struct journey *j, const struct ending *e);

#endif
