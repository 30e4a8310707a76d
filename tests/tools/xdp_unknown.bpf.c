/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: for UDP to port 9000 an action that there is not. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("xdp")
int xdp_unknown(struct xdp_md *ctx)
{
	if (is_udp_to((void *)(long)ctx->data, (void *)(long)ctx->data_end, PORT))
		return 42;
	return 2; /* pass */
}
