/* SPDX-License-Identifier: GPL-2.0-only */
/* An XDP frame, which has no sk_buff yet, as a packet: its headers, and its place among the known.
 */
#ifndef WAYBILL_FRAME_BPF_H
#define WAYBILL_FRAME_BPF_H

#include "identity.bpf.h"
#include <bpf/bpf_core_read.h>

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

/*
 * Like see(), for a frame. len: of all its buffers, 0: it has one. True: it is traced; unsee()
 * afterwards.
 */
static __always_inline bool frame_look(struct hit *h, struct cpu_ctx *c, const struct xdp_buff *xdp,
				       __u32 len)
{
	struct sk_buff *skb = (void *)c->cur_skb;

	if (!frame_read(&h->v, xdp))
		return false;
	h->cpu = c;
	/* in generic mode, and on veth, there is an sk_buff already, often the one seen last */
	if (skb && (__u64)BPF_CORE_READ(skb, head) == h->v.head)
		h->v.skb = (__u64)skb;
	if (len)
		h->v.len = len - sizeof(struct ethhdr);
	if (!look(h, NULL, STAGE_IN, SEE_ENTRY | SEE_NO_THREAD))
		return false;
	if (h->v.skb == h->v.head) {
		c->frame_head = h->v.head;
		c->frame_ts = h->ts_ns;
	}
	return true;
}

#endif
