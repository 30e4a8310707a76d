/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints around devices and their queues: receive, queue, transmit. */
#include "event.bpf.h"
#include <bpf/bpf_tracing.h>

enum { GRO_MERGED, GRO_MERGED_FREE, GRO_HELD_BACK }; /* enum gro_result */

SEC("?tp_btf/napi_gro_receive_entry")
int BPF_PROG(tp_napi_gro_receive_entry, struct sk_buff *skb)
{
	struct hit h;

	if (!see_flat(&h, skb, STAGE_IN, SEE_ENTRY | SEE_AT_DATA))
		return 0;
	h.cpu->gro_skb = h.v.skb;
	h.cpu->gro_key = h.key;
	h.cpu->gro_tuple = h.h.tuple;
	h.cpu->gro_id = h.id;
	emit_step(&h, WB_PROBE_TP_napi_gro_receive_entry, 0, 0);
	unsee(&h);
	return 0;
}

/*
 * What GRO did with the packet that came in last on this CPU (enum gro_result, 5.10 to 7.2). A
 * merged one is a part of the packet that is held back for its flow, and its buffer is no longer
 * its own: whoever is seen at that address next is another packet.
 */
SEC("?tp_btf/napi_gro_receive_exit")
int BPF_PROG(tp_napi_gro_receive_exit, int ret)
{
	struct wb_link_body link = {.how = WB_LINK_GRO};
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;
	struct gro_held *held;
	struct hit h;
	__u64 id, skb;

	if (!c || !c->gro_id)
		return 0;
	id = c->gro_id;
	skb = c->gro_skb;
	c->gro_id = 0;
	held = &c->gro_held[c->gro_tuple & (GRO_HELD - 1)];
	if (ret == GRO_HELD_BACK) {
		held->tuple = c->gro_tuple;
		held->id = id;
		held->key = c->gro_key;
	}
	if (ret != GRO_MERGED && ret != GRO_MERGED_FREE)
		return 0;
	if (held->tuple == c->gro_tuple) {
		struct track *t = bpf_map_lookup_elem(&tracks, &held->key);

		link.other = held->id;
		if (t && t->id == held->id)
			t->flags |= TRACK_GREW;
	}
	if (see_none(&h, c, id, skb, 0, 0)) {
		emit(&h, WB_KIND_LINK, WB_PROBE_TP_napi_gro_receive_exit, WB_EV_LAST, &link,
		     sizeof(link));
		unsee(&h);
	}
	bpf_map_delete_elem(&skbs, &skb);
	forget(c->gro_key);
	return 0;
}

SEC("?tp_btf/netif_receive_skb")
int BPF_PROG(tp_netif_receive_skb, struct sk_buff *skb)
{
	struct hit h;

	if (!see_flat(&h, skb, STAGE_IN, SEE_ENTRY | SEE_AT_DATA))
		return 0;
	emit_step(&h, WB_PROBE_TP_netif_receive_skb, 0, 0);
	unsee(&h);
	return 0;
}

SEC("?tp_btf/net_dev_queue")
int BPF_PROG(tp_net_dev_queue, struct sk_buff *skb)
{
	struct hit h;

	if (!see_flat(&h, skb, STAGE_OUT, SEE_ENTRY))
		return 0;
	if (segments_of(&h.v) > 1)
		expect_segments(&h);
	/* A packet that no output hook showed (ARP, packet sockets) names its sender here. */
	emit_step(&h, WB_PROBE_TP_net_dev_queue,
		  WB_EV_TX | (h.flags & WB_EV_FIRST && in_task(h.cpu, ctx) ? WB_EV_TASK : 0), 0);
	unsee(&h);
	return 0;
}

SEC("?tp_btf/net_dev_start_xmit")
int BPF_PROG(tp_net_dev_start_xmit, struct sk_buff *skb, struct net_device *dev)
{
	struct hit h;

	if (!see_flat(&h, skb, STAGE_TX, 0))
		return 0;
	h.cpu->xmit_skb = h.v.skb;
	h.cpu->xmit_id = h.id;
	emit_step(&h, WB_PROBE_TP_net_dev_start_xmit, WB_EV_TX, 0);
	unsee(&h);
	return 0;
}

/* The driver may have freed the packet already: only its address is used. */
SEC("?tp_btf/net_dev_xmit")
int BPF_PROG(tp_net_dev_xmit, struct sk_buff *skb, int rc, struct net_device *dev)
{
	struct hit h;
	struct cpu_ctx *c;
	__u64 id;

	if (!live)
		return 0;
	c = cpu_ctx();
	if (!c || c->xmit_skb != (__u64)skb)
		return 0;
	id = c->xmit_id;
	c->xmit_skb = 0;
	c->xmit_id = 0;
	/* Success is the rule and says nothing that the start did not say. */
	if (!rc || !see_none(&h, c, id, (__u64)skb, net_inum(dev->nd_net.net, true), dev->ifindex))
		return 0;
	emit_step(&h, WB_PROBE_TP_net_dev_xmit, WB_EV_TX, rc);
	unsee(&h);
	return 0;
}

static __always_inline void qdisc_step(struct hit *h, struct Qdisc *q, __u16 probe)
{
	struct wb_qdisc_body *body = body_of(h, sizeof(*body));

	body->handle = q->handle;
	body->parent = q->parent;
	body->backlog = q->qstats.backlog;
	body->qlen = q->q.qlen;
	body->limit = q->limit;
	/* by helper: see observe.bpf.c */
	bpf_probe_read_kernel(body->kind, sizeof(body->kind), &BPF_CORE_READ(q, ops)->id);
	emit(h, WB_KIND_QDISC, probe, WB_EV_TX, body, sizeof(*body));
}

/* Right after net_dev_queue on this very CPU, which has looked at it. */
SEC("?tp_btf/qdisc_enqueue")
int BPF_PROG(tp_qdisc_enqueue, struct Qdisc *q, const struct netdev_queue *txq, struct sk_buff *skb)
{
	struct hit h;

	if (!see_same(&h, skb))
		return 0;
	h.v.len = skb->len;
	qdisc_step(&h, q, WB_PROBE_TP_qdisc_enqueue);
	unsee(&h);
	return 0;
}

SEC("?tp_btf/qdisc_dequeue")
int BPF_PROG(tp_qdisc_dequeue, struct Qdisc *q, const struct netdev_queue *txq, int packets,
	     struct sk_buff *skb)
{
	struct hit h;

	if (!skb || !see_flat(&h, skb, STAGE_OUT, 0))
		return 0;
	qdisc_step(&h, q, WB_PROBE_TP_qdisc_dequeue);
	unsee(&h);
	return 0;
}
