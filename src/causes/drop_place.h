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

/*
 * Is it not known which function freed it, though the kernel told where? Its symbols can't be read
 * (CAP_SYSLOG, kptr_restrict), or it is code that has none. Then its place is no evidence.
 */
bool drop_place_unread(const struct drop *d);

#endif
