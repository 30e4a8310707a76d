/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: among the sockets of a port it chooses none. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("sk_reuseport")
int reuse_drop(void *ctx)
{
	return 0; /* SK_DROP */
}
