/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: XDP_TX for UDP to port 9000. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("xdp")
int xdp_tx(struct xdp_md *ctx)
{
	if (is_udp_to((void *)(long)ctx->data, (void *)(long)ctx->data_end, PORT))
		return 3;
	return 2; /* pass */
}
