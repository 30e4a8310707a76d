/* SPDX-License-Identifier: GPL-2.0-only */
/* What qdiscs, filters and actions share. */
#ifndef WAYBILL_HOST_ASK_TC_H
#define WAYBILL_HOST_ASK_TC_H

#include "host/ask_core.h"

/* TCA_STATS2, or an action's: bytes, packets, drops, overlimits, requeues, backlog, qlen */
void tc_put_stats(struct ask *a, json_t *to, const struct nlattr *attr);
/* A list of actions, as "actions". */
void tc_put_actions(struct ask *a, json_t *to, const struct nlattr *attr);
/* A filter's options by its kind. */
void tc_put_filter(struct ask *a, json_t *to, const char *kind, const struct nlattr *options);
/* The number of a parent that args name. */
uint32_t tc_parent(const json_t *args);

#endif
