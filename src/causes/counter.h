/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own counters (SNMP, ethtool, tc, firewall rules), read before and after, to hold
 * waybill's count against.
 */
#ifndef WAYBILL_CAUSES_COUNTER_H
#define WAYBILL_CAUSES_COUNTER_H

#include "model/tally.h"
#include "host/names.h"

struct counters;

/* Reads all of these n namespaces, of 0 the own one and all that have a name. 0 or -errno. */
int counters_new(struct counters **ret, struct names *names, const uint32_t *netns, size_t n);
/* How many namespaces were not read, because there are too many. */
size_t counters_left(const struct counters *c);
/* Reads again those of the namespaces in which t has sites, and then, if all, the others. */
void counters_look(struct counters *c, const struct tally *t, bool all);
/*
 * Fills in each site's check, with what was read last. What was counted while the counters were
 * read, before early and after late, may be in them or not. exact: nothing but what was counted has
 * passed. 0 or -ENOMEM.
 */
int counters_check(struct counters *c, struct tally *t, bool exact);
/*
 * Adds to t what counters of drops have, after a look at all, and no site of t explains: frames
 * that a device missed, or that XDP dropped before there was an sk_buff or an event. 0 or -ENOMEM.
 */
int counters_unseen(struct counters *c, struct tally *t);
void counters_free(struct counters *c);

#endif
