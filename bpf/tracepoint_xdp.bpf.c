/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints of XDP verdicts that went wrong: aborted, unknown, a redirect that found no target.
 * They are given no packet: it is the one that this CPU worked on, or whose buffer it just
 * exchanged.
 */
#include "event.bpf.h"
#include <bpf/bpf_tracing.h>

#define XDP_REDIRECT 4

static __always_inline bool see_xdp(struct hit *h, struct net_device *dev)
{
	struct cpu_ctx *c;
	bool armed;
	__u64 now;

	if (!live)
		return false;
	c = cpu_ctx();
	if (!c)
		return false;
	now = bpf_ktime_get_ns();
	armed = c->adopt.armed && now - c->adopt.ts_ns < ADOPT_NS;
	if (!armed && (!c->cur_skb || now - c->cur_ts > ADOPT_NS))
		return false;
	return see_none(h, c, armed ? c->adopt.track.id : c->cur_id,
			armed ? c->adopt.track.skb : c->cur_skb, net_inum(dev->nd_net.net, true),
			dev->ifindex);
}

static __always_inline int verdict(struct net_device *dev, const struct bpf_prog *prog, __s32 act,
				   int err, __u16 probe)
{
	struct wb_prog_body body = {.verdict = act, .type = WB_PROG_XDP, .err = err};
	struct hit h;

	if (!see_xdp(&h, dev))
		return 0;
	body.prog_id = BPF_CORE_READ(prog, aux, id);
	bpf_probe_read_kernel(body.name, sizeof(body.name), &prog->aux->name);
	emit(&h, WB_KIND_PROG, probe, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

SEC("?tp_btf/xdp_exception")
int BPF_PROG(tp_xdp_exception, const struct net_device *dev, const struct bpf_prog *prog, __u32 act)
{
	return verdict((struct net_device *)dev, prog, act, -1, WB_PROBE_TP_xdp_exception);
}

SEC("?tp_btf/xdp_redirect_err")
int BPF_PROG(tp_xdp_redirect_err, const struct net_device *dev, const struct bpf_prog *prog,
	     const void *tgt, int err)
{
	return verdict((struct net_device *)dev, prog, XDP_REDIRECT, err,
		       WB_PROBE_TP_xdp_redirect_err);
}
