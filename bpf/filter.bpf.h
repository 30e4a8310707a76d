/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's side of the user's filter expression: regions that user space fills with the
 * translated expression before loading (src/filter), and the window of bytes it looks at.
 */
#ifndef WAYBILL_FILTER_BPF_H
#define WAYBILL_FILTER_BPF_H

#include "vmlinux.h"
#include "waybill/filter.h"
#include <bpf/bpf_helpers.h>

#define STR_(x) #x
#define STR(x)	STR_(x)

/* No-operations, not a jump over the rest: the verifier wants every instruction to be reachable. */
#define FILTER_REGION(magic, window, result)                                                       \
	asm volatile("r1 = %[w];"                                                                  \
		     "r0 = " STR(magic) ";"                                                        \
					".rept " STR(WB_FILTER_ROOM) ";"                           \
								     "goto +0;"                    \
								     ".endr;"                      \
								     "%[r] = r0;"                  \
		     : [r] "=r"(result)                                                            \
		     : [w] "r"(window)                                                             \
		     : "r0", "r1", "r2", "r3", "r4", "r5", "memory")

static __always_inline bool filter_l2(struct wb_window *w)
{
	__u64 match;

	FILTER_REGION(WB_FILTER_MAGIC_L2, w, match);
	return match != 0;
}

static __always_inline bool filter_l3(struct wb_window *w)
{
	__u64 match;

	FILTER_REGION(WB_FILTER_MAGIC_L3, w, match);
	return match != 0;
}

#endif
