/* SPDX-License-Identifier: GPL-2.0-only */
/* What only a counter saw: drops that leave no event behind. */
#ifndef WAYBILL_CAUSES_COUNTER_UNSEEN_H
#define WAYBILL_CAUSES_COUNTER_UNSEEN_H

#include "model/tally.h"
#include "causes/counter_read.h"

/* Adds to t what counters of this namespace have and no site of t explains. 0 or -ENOMEM. */
int counter_unseen(const struct counter_space *s, struct tally *t);
/* The same of the one counter that is for all namespaces, in whichever of them it was read. */
int counter_unseen_softnet(const struct counter_space *s, struct tally *t);

#endif
