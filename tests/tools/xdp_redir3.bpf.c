/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: XDP_REDIRECT of UDP to port 9000 to the device of index 3, the router's other
 * one. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("xdp")
int xdp_redir3(struct xdp_md *ctx)
{
	if (is_udp_to((void *)(long)ctx->data, (void *)(long)ctx->data_end, PORT))
		return bpf_redirect(3, 0);
	return 2; /* pass */
}
