/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet that a CPU works on, for probes that are given none, and for the parts into which it
 * is cut: those are packets of their own, with a link to it.
 */
#ifndef WAYBILL_CURRENT_BPF_H
#define WAYBILL_CURRENT_BPF_H

#include "track.bpf.h"

#define IN_RUN_NS   5000000 /* with probes on it, under emulation; else microseconds */
#define SEGMENT_NS  1000000
#define ARP_SENDER  14	     /* where in a packet about IPv4 its address is */
#define FRAGMENT_NS 50000000 /* the addresses agree, too, and it is on its way out */

/* Segments of this one may come now, each in a buffer of its own. */
static __always_inline void expect_segments(struct hit *h)
{
	struct cpu_ctx *c = h->cpu;

	c->gso_tuple = h->h.tuple;
	c->gso_id = h->id;
	c->gso_ts = h->ts_ns;
}

/*
 * Of the flow of the large packet that this CPU queued just now? No journey begins with a segment,
 * so where one can (entry) it is the flow's next packet.
 */
static __always_inline bool is_segment(const struct hit *h, bool entry)
{
	struct cpu_ctx *c = h->cpu;

	if (!c->gso_id || entry)
		return false;
	if (h->ts_ns - c->gso_ts > SEGMENT_NS)
		c->gso_id = 0;
	return c->gso_id && c->gso_tuple == h->h.tuple;
}

/* Part of the packet that this CPU is fragmenting or segmenting? Then it is its child. */
static __always_inline void find_parent(struct hit *h, __u8 stage, bool entry)
{
	struct cpu_ctx *c = h->cpu;

	if (h->h.is_fragment && c->frag == h->h.frag && stage == STAGE_OUT &&
	    h->ts_ns - c->frag_ts < FRAGMENT_NS) {
		h->parent = c->frag_id;
		h->link = WB_LINK_FRAGMENT;
	} else if (is_segment(h, entry)) {
		h->parent = c->gso_id;
		h->link = WB_LINK_SEGMENT;
	}
}

/* Cut into fragments, a packet's own buffer becomes the first of them. */
static __always_inline bool is_first_fragment(const struct cpu_ctx *c, const struct hashes *h,
					      __u64 id)
{
	return h->is_fragment && id == c->frag_id && h->frag == c->frag;
}

static __always_inline void set_current(struct hit *h, __u8 stage, bool thread)
{
	struct cpu_ctx *c = h->cpu;
	const __u8 *hdr = h->s->hdr;

	/* a program that can't ask runs where the packet was seen just before */
	if (thread)
		c->cur_tid = bpf_get_current_pid_tgid();
	else if (c->cur_id != h->id)
		c->cur_tid = 0;
	c->cur_id = h->id;
	c->cur_skb = h->v.skb;
	c->cur_netns = h->netns;
	c->cur_ifindex = h->ifindex;
	c->cur_stage = stage;
	c->cur_asks = ASKS_NOTHING;
	c->cur_soft = false;
	if (!h->h.is_fragment) {
		c->frag = h->h.frag;
		c->frag_id = h->id;
		c->frag_ts = h->ts_ns;
	}
	c->cur_ts = h->ts_ns;
	c->cur_ports = 0;
	c->cur_family = 0;
	if (h->v.eth == ETH_P_ARP) {
		*(__u32 *)c->cur_saddr = *(const __u32 *)(hdr + ARP_SENDER);
	} else if (h->v.eth == ETH_P_IP) {
		c->cur_family = 4;
		*(__u32 *)c->cur_saddr = *(const __u32 *)(hdr + 12);
		*(__u32 *)c->cur_daddr = *(const __u32 *)(hdr + 16);
		if (hdr[0] == 0x45)
			c->cur_ports = *(const __u32 *)(hdr + 20);
	} else if (h->v.eth == ETH_P_IPV6) {
		c->cur_family = 6;
		copy16(c->cur_saddr, hdr + 8);
		copy16(c->cur_daddr, hdr + 24);
		c->cur_ports = *(const __u32 *)(hdr + 40);
	}
}

#endif
