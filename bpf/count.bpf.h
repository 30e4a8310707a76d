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

/* Silent ends: the track was just taken out of the map, t is a copy of it. */
static __always_inline void count_silent(struct track *t)
{
	if (cfg.flags & WB_CFG_COUNT && t->path && !(t->flags & (TRACK_COUNTED | TRACK_FREED)))
		count_end(t, t->seen_ns);
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

/* The entry as count_meet() left it, but for what others may change meanwhile. */
static __always_inline void put_back(struct track *t, const struct track *from)
{
	t->flags = (t->flags & ~TRACK_COUNT) | (from->flags & TRACK_COUNT);
	t->path = from->path;
	t->skb_first = from->skb_first;
	*(__u64 *)&t->len = *(const __u64 *)&from->len; /* and cost_ns */
	t->rx_ns = from->rx_ns;
	*(__u64 *)&t->rx_at = *(const __u64 *)&from->rx_at; /* and here_ns */
	t->segments = from->segments;
}

/*
 * The packet in h meets an event. True: it is the first on this path, so the event is to be sent,
 * under the number h->path, with a link to h->parent, the path before.
 */
static __noinline bool count_event(struct hit *h, __u8 kind, __u16 probe, __u8 flags,
				   const void *body)
{
	struct meeting *m = &h->s->meeting;
	const struct wb_sock_body *sock = body;
	struct track *t = h->t;
	bool gone = false;
	int met;

	h->path = 0;
	h->parent = 0;
	if (!h->id)
		return probe != WB_PROBE_TP_sock_recv_length || count_read(h, body);
	if (!t)
		t = count_track(h, &gone);
	if (!t)
		return false;
	m->track = *t;
	m->ts_ns = h->ts_ns;
	m->skb = h->v.skb;
	m->saying = count_saying(kind, probe, body);
	m->group = 0;
	if (h->flags & WB_EV_PACKET)
		m->group = count_group(h->h.group, t->path, h->v.eth);
	m->netns = h->netns;
	m->ifindex = h->ifindex;
	m->len = h->v.len;
	m->probe = probe;
	m->segments = h->flags & WB_EV_FIRST ? segments_of(&h->v) : 0;
	m->kind = kind;
	m->flags = flags;
	m->gone = gone;
	met = count_meet();
	FORGET(met);
	if (met < 0)
		return false;
	if (probe == WB_PROBE_TP_sk_data_ready && sock->proto == IPPROTO_UDP) {
		count_queued(sock->sk, m->track.path, h->ts_ns);
		m->track.flags |= TRACK_WAITS;
	}
	put_back(t, &m->track);
	if (!met)
		return false;
	h->copy = m->copy;
	h->path = m->track.path;
	h->parent = m->from;
	h->link = WB_LINK_PATH;
	return true;
}

#endif
