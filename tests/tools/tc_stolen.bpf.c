/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: TC_ACT_STOLEN for UDP to port 9000. */
#define BPF_NO_PRESERVE_ACCESS_INDEX
#include "programs.h"

SEC("tc")
int tc_stolen(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	return is_udp_to(data, end, PORT) ? 4 : 0;
}
