/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the kernel's counters counts the same as a site does, by the names that counter_read.h
 * gives them.
 */
#ifndef WAYBILL_CAUSES_COUNTER_NAME_H
#define WAYBILL_CAUSES_COUNTER_NAME_H

#include "model/tally.h"

/* One for all namespaces together. */
#define COUNTER_SOFTNET "softnet dropped"

/*
 * The counter's name, or how it begins (into prefix) and ends (*suffix, static, "": the name is
 * whole). False: the kernel has none for this.
 */
bool counter_name(const struct tally_site *s, char *prefix, size_t size, const char **suffix);
/* How a driver's counter ends that has the frames of this end; NULL: there is none for it alone. */
const char *counter_name_xdp(const char *reason);
/* As it is shown beside its place, whose device it is: "ethtool rx_queue_0_xdp_drops". */
void counter_name_shown(char *name, size_t size, const char *counter);

#endif
