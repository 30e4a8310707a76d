/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The meeting point of the filter expression's instructions and the BPF programs that run them:
 * the window of packet bytes they read, and the marked regions they are written into.
 */
#ifndef WAYBILL_FILTER_H
#define WAYBILL_FILTER_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define WB_WINDOW_MAX 256 /* bytes of a packet that an expression can look at */

struct wb_window {
	__u32 len;   /* of the whole packet, from the window's first header on */
	__u32 cap;   /* bytes that are valid in data */
	__u32 m[16]; /* the expression's scratch memory */
	__u8 data[WB_WINDOW_MAX];
};

/*
 * A region begins with r0 = magic and goes on with WB_FILTER_ROOM no-operations. In: r1 the window.
 * Out: r0, 0 no match. Free to use: r0 to r5.
 */
#define WB_FILTER_ROOM 1000
#define WB_FILTER_MAGIC_L2 0x5742f112 /* the window begins with a MAC header, VLAN tag included */
#define WB_FILTER_MAGIC_L3 0x5742f113 /* the window begins with the IP header */

#endif
