/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks that nothing but waybill's own observers uses: they are no stations of a packet's way. */
#ifndef WAYBILL_CAUSES_UNUSED_HOOKS_H
#define WAYBILL_CAUSES_UNUSED_HOOKS_H

#include "model/journey.h"

/* Takes their steps out of a journey that has its fate: until then they say how far it came. */
void unused_hooks_leave(struct journey *j);

#endif
