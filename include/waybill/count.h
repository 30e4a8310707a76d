/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is counted in the kernel, for the BPF programs and for user space. A path is the sequence of
 * events that a packet met, as a hash; packets that met the same are told once and then counted.
 */
#ifndef WAYBILL_COUNT_H
#define WAYBILL_COUNT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define WB_PATHS_MAX  65536 /* nodes of all paths together */
#define WB_SUMS_MAX   8192  /* paths at which packets ended */
#define WB_GROUPS_MAX 1024  /* groups of alike packets that are kept apart */

/*
 * Set in a path's number: there were too many groups (senders, destinations, ports) to keep this
 * path's packets apart, so the packet that was told is not like all of them.
 */
#define WB_PATH_MIXED 1ULL

/*
 * Of the packets that ended on a path. All are sums of all CPUs' parts; one part may be negative.
 */
struct wb_sums {
	__u64 packets;
	__u64 segments; /* as they are on the wire: a GSO packet counts its parts */
	__u64 bytes;	/* length at the first station */
	__u64 cost_ns;	/* time from the first station to the last */
	__u64 here_ns;	/* of it, since a device received it last */
};

#define WB_SLOTS 4096 /* of each CPU; a power of 2 */
struct wb_slot {
	__u64 path; /* 0: free; once taken it stays so */
	struct wb_sums sums;
};

#endif
