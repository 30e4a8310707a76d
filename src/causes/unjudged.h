/* SPDX-License-Identifier: GPL-2.0-only */
/* What a rule looks at that is not known of a packet, or that kept an earlier rule from its end. */
#ifndef WAYBILL_CAUSES_UNJUDGED_H
#define WAYBILL_CAUSES_UNJUDGED_H

#include "causes/suspects.h"

/* Gives d a hint, unless each rule could be judged. */
void unjudged_hint(struct decider *d, const struct suspects *s);
/* The same for the one that dropped it, if a set that it would have been added to is full. */
void full_set_hint(struct decider *d, const struct fw_end *e);

#endif
