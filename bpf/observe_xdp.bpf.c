/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill's own observer at XDP: lets every frame pass and tells which come by. Other people's XDP
 * programs are in tracepoint_xdp.bpf.c and program.bpf.c.
 */
#include "event.bpf.h"
#include "frame.bpf.h"

#define XDP_PASS 2

SEC("?xdp")
int own_xdp(struct xdp_md *ctx)
{
	struct wb_prog_body body = {.verdict = XDP_PASS, .type = WB_PROG_XDP};
	struct cpu_ctx *c = cpu_ctx();
	__u32 len = 0;
	struct hit h;

	if (cfg.kernel >= WB_KERNEL(5, 18)) /* frames of several buffers */
		len = bpf_xdp_get_buff_len(ctx);
	if (!c || !frame_look(&h, c, (void *)ctx, len))
		return XDP_PASS;
	emit(&h, WB_KIND_PROG, WB_PROBE_OWN_xdp, 0, &body, sizeof(body));
	unsee(&h);
	return XDP_PASS;
}
