/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: XDP_REDIRECT to a device that does not exist. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("xdp")
int xdp_redir(struct xdp_md *ctx)
{
	if (is_udp_to((void *)(long)ctx->data, (void *)(long)ctx->data_end, PORT))
		return bpf_redirect(99999, 0);
	return 2; /* pass */
}
