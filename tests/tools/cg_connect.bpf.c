/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: who connects to port 9000 is refused. */
#include "sock_addr.h"

SEC("cgroup/connect4")
int cg_connect(struct bpf_sock_addr *ctx)
{
	return !is_refused(ctx);
}
