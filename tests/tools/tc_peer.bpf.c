/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: all IPv4 is handed to the other end of the veth pair of the third device. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("tc")
int tc_peer(struct __sk_buff *ctx)
{
	return ctx->protocol == bpf_htons(ETH_P_IP) ? bpf_redirect_peer(3, 0) : 0;
}
