/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: who connects to port 9000 is refused. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

struct bpf_sock_addr {
	__u32 user_family, user_ip4, user_ip6[4], user_port;
};

SEC("cgroup/connect4")
int cg_connect(struct bpf_sock_addr *ctx)
{
	return (__u16)ctx->user_port != bpf_htons(PORT);
}
