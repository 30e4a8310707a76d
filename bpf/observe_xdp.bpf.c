/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill's own observer at XDP: lets every frame pass and tells which come by. Other people's XDP
 * programs are in tracepoint_xdp.bpf.c and xdp_run.bpf.c.
 */
#include "event.bpf.h"
#include <bpf/bpf_core_read.h>

#define XDP_PASS 2

/* The context of an XDP program is the kernel's xdp_buff itself. False: not even a MAC header. */
static __always_inline bool frame_read(struct view *v, const struct xdp_buff *xdp)
{
	__u64 data = (__u64)BPF_CORE_READ(xdp, data);
	__u64 end = (__u64)BPF_CORE_READ(xdp, data_end);
	struct net_device *dev = BPF_CORE_READ(xdp, rxq, dev);
	__be16 proto;

	if (data + sizeof(struct ethhdr) > end ||
	    bpf_probe_read_kernel(&proto, sizeof(proto), &((struct ethhdr *)data)->h_proto))
		return false;
	v->head = (__u64)BPF_CORE_READ(xdp, data_hard_start);
	v->bytes = v->head;
	v->skb = v->head;
	v->partial = 0;
	v->mac = data - v->head;
	v->net = v->mac + sizeof(struct ethhdr);
	v->data = v->net;
	v->len = end - data - sizeof(struct ethhdr);
	v->linear = end - v->head;
	v->eth = bpf_ntohs(proto);
	v->vlan = 0;
	v->vlan_type = 0;
	v->dev = (__u64)dev;
	v->ifindex = BPF_CORE_READ(dev, ifindex);
	v->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	return true;
}

SEC("?xdp")
int own_xdp(struct xdp_md *ctx)
{
	struct wb_prog_body body = {.verdict = XDP_PASS, .type = WB_PROG_XDP};
	struct cpu_ctx *c = cpu_ctx();
	struct sk_buff *skb;
	struct hit h;

	if (!c || !frame_read(&h.v, (void *)ctx))
		return XDP_PASS;
	h.cpu = c;
	/* in generic mode, and on veth, there is an sk_buff already, often the one seen last */
	skb = (void *)c->cur_skb;
	if (skb && (__u64)BPF_CORE_READ(skb, head) == h.v.head)
		h.v.skb = (__u64)skb;
	if (cfg.kernel >= WB_KERNEL(5, 18)) /* frames of several buffers */
		h.v.len = bpf_xdp_get_buff_len(ctx) - sizeof(struct ethhdr);
	if (!look(&h, NULL, STAGE_IN, SEE_ENTRY | SEE_FRAME))
		return XDP_PASS;
	if (h.v.skb == h.v.head) {
		c->frame_head = h.v.head;
		c->frame_ts = h.ts_ns;
	}
	emit(&h, WB_KIND_PROG, WB_PROBE_OWN_xdp, 0, &body, sizeof(body));
	unsee(&h);
	return XDP_PASS;
}
