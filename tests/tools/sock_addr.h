/* SPDX-License-Identifier: GPL-2.0-only */
/* What a cgroup's programs are asked about an address; of the test programs among them. */
#ifndef SOCK_ADDR_H
#define SOCK_ADDR_H

#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

struct bpf_sock_addr {
	__u32 user_family, user_ip4, user_ip6[4], user_port;
};

static __always_inline bool is_refused(const struct bpf_sock_addr *ctx)
{
	return (__u16)ctx->user_port == bpf_htons(PORT);
}

#endif
