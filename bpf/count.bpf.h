/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting instead of telling. With WB_CFG_COUNT an event is sent only if no packet before met it
 * after the same events; else it only moves the packet on, along its path.
 *
 * A path is a hash: of the packet's group (what a rule, a route or a socket may look at: addresses,
 * protocol, destination port, TCP flags; not the sender's port; less of it where there are too
 * many, enum wb_level) and then of each event's kind, place and what it says. `paths` knows the
 * hashes that were told. User space puts a path's events together again and judges them once, by
 * the code that judges a single packet.
 *
 * A packet is added to its path's sums where it seems to have ended. If it goes on all the same
 * (another copy lives, its content moves to a new buffer, a queued datagram is read), it is taken
 * back and added again at its next end, so the sums are exact without any end that must be certain.
 * Who ends without any event is found by its entry in `tracks`: when the address is used again,
 * here, or when it has been silent for long, by user space.
 */
#ifndef WAYBILL_COUNT_BPF_H
#define WAYBILL_COUNT_BPF_H

#include "count_read.bpf.h"
#include "identity.bpf.h"

static __always_inline void count_end(struct track *t, __u64 now)
{
	t->cost_ns = ((now << 8) - (t->id & ~0xffULL)) >> 8;
	t->here_ns = t->rx_ns ? now - t->rx_ns : t->cost_ns;
	t->flags |= TRACK_COUNTED;
	sums_add(t->path, t, 1);
}

static __always_inline void count_back(struct track *t)
{
	if (!(t->flags & TRACK_COUNTED))
		return;
	t->flags &= ~(TRACK_COUNTED | TRACK_DROPPED);
	sums_add(t->path, t, -1);
}

/* Silent ends: the track was just taken out of the map, t is a copy of it. */
static __always_inline void count_silent(struct track *t)
{
	if (cfg.flags & WB_CFG_COUNT && t->path && !(t->flags & (TRACK_COUNTED | TRACK_FREED)))
		count_end(t, t->seen_ns);
}

/*
 * The track of the packet that an event is about. *gone: its buffer was freed before (the event
 * comes late), so nothing else will count it.
 */
static __always_inline struct track *count_track(struct hit *h, bool *gone)
{
	struct cpu_ctx *c = h->cpu;
	struct skb_ref *ref;
	struct track *t;

	*gone = true;
	if (h->flags & WB_EV_LAST)
		return c->adopt.armed && c->adopt.track.id == h->id ? &c->adopt.track : &c->ended;
	if (c->adopt.armed && c->adopt.track.id == h->id)
		return &c->adopt.track;
	if (c->ended.id == h->id)
		return &c->ended;
	*gone = false;
	ref = bpf_map_lookup_elem(&skbs, &h->v.skb);
	if (!ref)
		return NULL;
	t = bpf_map_lookup_elem(&tracks, &ref->key);
	return t && t->id == h->id ? t : NULL;
}

#define STRANGER_NS 20000000

/*
 * TCP keeps the buffer of what it sent, so a drop at the receiver is not its end, and the address
 * may be used again unseen: long after the drop, on an sk_buff that the packet never had.
 */
static __always_inline bool is_stranger(const struct track *t, const struct hit *h)
{
	__u64 age = ((h->ts_ns << 8) - (t->id & ~0xffULL)) >> 8;

	return t->flags & TRACK_DROPPED && h->v.skb != t->skb_first &&
	       age > t->cost_ns + STRANGER_NS;
}

/* A device of this namespace receives the packet: the first of its tracepoints is the time. */
static __always_inline void note_receive(struct track *t, const struct hit *h, __u16 probe)
{
	__u32 at = mix(h->netns, h->ifindex);

	if ((probe != WB_PROBE_TP_napi_gro_receive_entry &&
	     probe != WB_PROBE_TP_netif_receive_skb) ||
	    t->rx_at == at)
		return;
	t->rx_at = at;
	t->rx_ns = h->ts_ns;
}

/* What an event says, as far as packets that differ in it are told apart. */
static __always_inline __u64 count_saying(__u8 kind, __u16 probe, const void *body)
{
	switch (kind) {
	case WB_KIND_DROP: {
		const struct wb_drop_body *b = body;

		return mix(b->location, b->reason | (__u64)b->copied << 32 |
						(__u64)b->pkt_type << 40 |
						(__u64)b->shared << 48);
	}
	case WB_KIND_CONSUME:
		return ((const struct wb_consume_body *)body)->location;
	case WB_KIND_HOOK: {
		const struct wb_hook_body *b = body;

		return mix(b->pf | b->hook << 8 | b->where << 16 | (__u32)b->ct.info << 24,
			   (__u32)b->verdict | (__u64)b->ct.has << 32);
	}
	case WB_KIND_RULE: {
		const struct wb_rule_body *b = body;

		return mix(mix(b->handle, b->expr), (__u32)b->verdict | (__u64)b->hook << 32);
	}
	case WB_KIND_IPT: {
		const struct wb_ipt_body *b = body;

		return mix(mix(*(const __u64 *)b->table, *(const __u64 *)b->chain),
			   b->rule_number | b->hook << 16 | (__u32)b->family << 24);
	}
	case WB_KIND_PROG: {
		const struct wb_prog_body *b = body;

		return mix(b->prog_id, (__u32)b->verdict | (__u64)(__u16)b->err << 32 |
					       (__u64)b->type << 48 | (__u64)b->mode << 56);
	}
	case WB_KIND_ROUTE: {
		const struct wb_route_body *b = body;

		return mix((__u32)b->err | (__u64)b->table << 32,
			   b->oif | (__u64)b->type << 32 | (__u64)b->back << 40);
	}
	case WB_KIND_NEIGH:
		return !!((const struct wb_neigh_body *)body)->value;
	case WB_KIND_QDISC:
		return ((const struct wb_qdisc_body *)body)->handle;
	case WB_KIND_ICMP: {
		const struct wb_icmp_body *b = body;

		return b->type | b->code << 8;
	}
	default:
		return probe;
	}
}

/*
 * The group of a new or rewritten packet, with its level as in a path's number: the first level
 * from that of its path on that has room. What was once told apart by less stays so.
 */
static __always_inline __u64 count_group(struct hit *h, __u64 from)
{
	return group_with_room(h->h.group[WB_LEVEL_ALIKE] |
				       (__u64)h->h.group[WB_LEVEL_SENDERS] << 32,
			       h->h.group[WB_LEVEL_TARGETS], from, h->v.eth);
}

/*
 * The packet in h meets an event. True: it is the first on this path, so the event is to be sent,
 * under the number h->path, with a link to h->parent, the path before.
 */
static __noinline bool count_event(struct hit *h, __u8 kind, __u16 probe, __u8 flags,
				   const void *body)
{
	__u64 what, path, from, group = 0;
	bool told, gone = false;
	struct track *t = h->t;

	h->path = 0;
	h->parent = 0;
	if (!h->id)
		return probe != WB_PROBE_TP_sock_recv_length || count_read(h, body);
	if (!t)
		t = count_track(h, &gone);
	if (!t || is_stranger(t, h))
		return false;
	if (t->flags & TRACK_WAITS) {
		/* a broadcast for several sockets: one of them is enough, as it is one packet */
		if (probe == WB_PROBE_TP_sk_data_ready)
			return false;
		if (kind == WB_KIND_STEP) /* a free may come before the read is told, or after */
			h->cpu->reads_told = 1;
	}
	count_back(t);
	if (h->flags & WB_EV_FIRST) {
		t->segments = segments_of(&h->v);
		t->skb_first = h->v.skb;
	}
	if (!t->len)
		t->len = h->v.len;
	note_receive(t, h, probe);
	from = t->path;
	if (h->flags & WB_EV_PACKET)
		group = count_group(h, from);
	FORGET(group);
	h->copy = h->v.skb != t->skb_first;
	what = mix(kind | probe << 8 | (__u32)flags << 24 | (__u64)h->copy << 32,
		   (__u64)h->netns << 32 | h->ifindex);
	what = mix(mix(what, group), count_saying(kind, probe, body));
	FORGET(what);
	path = count_step(group ? (from & ~WB_PATH_LEVEL) | (group & WB_PATH_LEVEL) : from, what,
			  &told);
	if (path)
		t->path = path;
	if (kind == WB_KIND_DROP || gone || flags & WB_EV_LAST ||
	    probe == WB_PROBE_TP_sk_data_ready || probe == WB_PROBE_TP_skb_copy_datagram_iovec)
		count_end(t, h->ts_ns);
	if (kind == WB_KIND_DROP)
		t->flags |= TRACK_DROPPED;
	if (probe == WB_PROBE_TP_sk_data_ready &&
	    ((const struct wb_sock_body *)body)->proto == IPPROTO_UDP) {
		count_queued(((const struct wb_sock_body *)body)->sk, t->path, h->ts_ns);
		t->flags |= TRACK_WAITS;
	}
	h->path = t->path;
	h->parent = from;
	h->link = WB_LINK_PATH;
	return path && !told;
}

#endif
