/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks a namespace's connection table, as conntrack(8) does. What an answer means is the caller's.
 */
#ifndef WAYBILL_HOST_CTNETLINK_H
#define WAYBILL_HOST_CTNETLINK_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "waybill/event.h"

/*
 * Calls cb for the connection that p (TCP or UDP) belongs to in either direction, if there is one;
 * p NULL: for each entry. In the namespace of the calling thread; what can't be asked has no
 * entries.
 */
void ctnetlink_get(const struct wb_packet *p, mnl_cb_t cb, void *arg);

/* What the table did to packets since it began, all CPUs together. False: it can't be asked. */
struct ct_counts {
	uint64_t dropped, insert_failed;
};
bool ctnetlink_counts(struct ct_counts *ret);

#endif
