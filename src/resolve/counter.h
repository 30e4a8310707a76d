/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own counters (SNMP, ethtool, tc, firewall rules), read before and after, to hold
 * waybill's count against.
 */
#ifndef WAYBILL_RESOLVE_COUNTER_H
#define WAYBILL_RESOLVE_COUNTER_H

#include "model/tally.h"

struct counters;

/* Reads all of netns (0: the own one and all that have a name). 0 or -errno. */
int counters_new(struct counters **ret, uint32_t netns);
/* Reads again and fills in each site's check. exact: nothing but what was counted has passed. */
void counters_check(struct counters *c, struct tally *t, bool exact);
void counters_free(struct counters *c);

#endif
