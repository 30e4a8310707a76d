/* SPDX-License-Identifier: GPL-2.0-only */
/* Finished journeys to conversations. Pure: no clock but the journeys', nobody is asked. */
#ifndef WAYBILL_FLOWS_FLOWS_H
#define WAYBILL_FLOWS_FLOWS_H

#include "model/flow.h"

#define FLOWS_MAX 10000 /* at a time; the one that was silent longest is told and forgotten */

struct flows;
/* arg's fn is told of a conversation that ends or must be forgotten. NULL: no memory. */
struct flows *flows_new(void (*gone)(void *arg, struct flow *f), void *arg);
/* Journeys must come in the order of their first sight. 0 or -ENOMEM. */
int flows_journey(struct flows *all, const struct journey *j);
/* Each, in the order of their first packets. */
void flows_each(struct flows *all, void (*fn)(void *arg, struct flow *f), void *arg);
void flows_free(struct flows *all);

#endif
