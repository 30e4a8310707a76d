/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: who sends a datagram to port 9000 is refused. */
#include "sock_addr.h"

SEC("cgroup/sendmsg4")
int cg_sendmsg(struct bpf_sock_addr *ctx)
{
	return !is_refused(ctx);
}
