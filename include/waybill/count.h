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

#define WB_PATHS_MAX  131072 /* nodes of all paths together */
#define WB_SUMS_MAX   8192   /* paths at which packets ended */
#define WB_GROUPS_MAX 1024   /* groups of alike packets that are kept apart, */
#define WB_COARSE_MAX 256    /* and of those that are less alike, of each level */

/*
 * How much the packets of one group may differ. With too many groups of a level, the next packets
 * are told apart by less: a flood from made-up senders is few groups again without its senders. The
 * packet that was told stands for the others in what they share, and in nothing else.
 */
enum wb_level {
	WB_LEVEL_ALIKE,	  /* same addresses, protocol, destination port, TCP flags */
	WB_LEVEL_SENDERS, /* the senders differ */
	WB_LEVEL_TARGETS, /* and the destinations and their ports */
	WB_LEVEL_MIXED,	  /* and the protocols: all the rest of an EtherType */
};
#define WB_LEVELS     3	   /* those with groups */
#define WB_PATH_LEVEL 3ULL /* the bits of it in a path's number */

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
