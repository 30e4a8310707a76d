/* SPDX-License-Identifier: GPL-2.0-only */
/* The other people's BPF programs that are observed, as user space tells the BPF side. */
#ifndef WAYBILL_PROGRAM_H
#define WAYBILL_PROGRAM_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define WB_PROGRAMS_MAX	 64
#define WB_PROGRAM_MAGIC 0x5742f114 /* r0 = this becomes r0 = place in the map */

struct wb_program {
	__u32 id;
	char name[16];
};

#endif
