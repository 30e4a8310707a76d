/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: TC_ACT_SHOT for all. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("tc")
int tc_shot_all(struct __sk_buff *ctx)
{
	(void)ctx;
	return 2;
}
