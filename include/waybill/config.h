/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user space tells the BPF programs before they are loaded: one constant struct, so that the
 * verifier removes what is not wanted. Only numbers; how an option becomes one is in src/cmd/.
 */
#ifndef WAYBILL_CONFIG_H
#define WAYBILL_CONFIG_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define WB_CFG_MATCH_ALL 0x01 /* no filter expression: every packet is wanted */
#define WB_CFG_RAW	 0x02 /* send the first bytes of each packet */
#define WB_CFG_VERBOSE	 0x04 /* also accepting rules, every function on no station */
#define WB_CFG_FUNCTIONS 0x08 /* functions can be probed: frees are seen exactly */
#define WB_CFG_COUNT	 0x10 /* drops, top, export: count in the kernel, send no packet's events */
#define WB_CFG_DROPS	 0x100 /* with COUNT: only drops, where they happen; nothing is followed */
#define WB_CFG_L3_NEVER	 0x40 /* the expression cannot match without a MAC header */
#define WB_CFG_VLAN	 0x80 /* the filter asks for VLAN tags: show it those beside the packet */

#define WB_NETNS_MAX	 8
#define WB_IFNAMES_MAX	 8
#define WB_KERNEL(major, minor) ((major) << 8 | (minor))

struct wb_config {
	__u32 flags;	 /* WB_CFG_* */
	__u32 window;	 /* bytes of a packet that the filter reads, at most WB_WINDOW_MAX */
	__u32 netns[WB_NETNS_MAX]; /* inode numbers: only packets seen there; then 0; none: all */
	__u32 kernel;	 /* WB_KERNEL() of the running one, for what no type information tells */
	__u32 cpus;	 /* that this kernel can have */
	__u32 own_tgid;	 /* waybill itself: its own netlink and output never count as senders */
	__u32 hook_state; /* the number of struct nf_hook_state in this kernel's BTF */
	/* only packets seen on these interfaces; then ""; none: all */
	char ifnames[WB_IFNAMES_MAX][16] __attribute__((aligned(8)));
};

#endif
