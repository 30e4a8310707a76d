/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: a cgroup program that refuses every packet. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("cgroup_skb/egress")
int cg_drop(struct __sk_buff *ctx)
{
	return 0;
}
