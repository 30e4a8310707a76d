/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of several rules dropped a packet can't be told: what it is that they look at. */
#ifndef WAYBILL_CAUSES_UNJUDGED_H
#define WAYBILL_CAUSES_UNJUDGED_H

#include "causes/suspects.h"

/* Gives d a hint, unless each rule could be judged. */
void unjudged_hint(struct decider *d, const struct suspects *s);

#endif
