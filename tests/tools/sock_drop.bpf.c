/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: a socket filter that refuses every packet. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("socket")
int sock_drop(struct __sk_buff *ctx)
{
	return 0;
}
