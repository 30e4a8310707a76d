/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a packet goes on in another buffer: freed and copied, its head exchanged, or an XDP frame
 * that becomes an sk_buff. The entry moves to the new address; nothing is guessed.
 */
#ifndef WAYBILL_HANDOVER_BPF_H
#define WAYBILL_HANDOVER_BPF_H

#include "wrapped.bpf.h"

#define ADOPT_NS 10000000
#define FRAME_NS 10000000
#define WIRE_NS	 1000000000ULL

/* One that XDP may have sent on, in the way that is known so far. */
static __always_inline void frame_push(struct cpu_ctx *c, const struct track *t, __u64 now,
				       __u8 how)
{
	struct frame *f = &c->frames[c->n_frames++ & (FRAMES_MAX - 1)];

	f->ts_ns = now;
	f->track = *t;
	f->how = how;
}

/* The last of them, if it is this packet; it has just been seen elsewhere. */
static __always_inline void frame_pop(struct cpu_ctx *c, __u64 id)
{
	if (c->frames[(c->n_frames - 1) & (FRAMES_MAX - 1)].track.id != id)
		return;
	c->n_frames--;
	c->frames[c->n_frames & (FRAMES_MAX - 1)].ts_ns = 0;
}

/* A buffer's content may go on in a new buffer; until then it counts as living. */
static __always_inline void arm(struct hit *h, const struct track *t, __u64 key)
{
	struct adopt *a = &h->cpu->adopt;

	if (a->armed)
		__sync_fetch_and_add(&live, -1);
	a->ts_ns = h->ts_ns;
	a->track = *t;
	a->track.head = 0;
	a->armed = 1;
	a->judged = 0;
	/* no driver has it any more: a veth's other end may have made a frame of it */
	if (t->stage == STAGE_TX)
		frame_push(h->cpu, t, h->ts_ns, 0);
	if (bpf_map_delete_elem(&tracks, &key))
		__sync_fetch_and_add(&live, 1); /* somebody else took it out and counted that */
}

/*
 * Did the packet that was seen last at a device come to dev from there? dev is that device itself,
 * where it was received, or the other end of a veth, where it was sent.
 */
static __always_inline bool came_to(const struct net_device *dev, __u32 netns, __u32 ifindex,
				    __u8 stage)
{
	const void *priv =
		(const void *)dev +
		((bpf_core_type_size(struct net_device) + NETDEV_ALIGN - 1) & -NETDEV_ALIGN);
	const char *name = BPF_CORE_READ(dev, rtnl_link_ops, kind);
	const struct net_device *peer;
	char kind[5] = {};

	if (stage != STAGE_TX)
		return BPF_CORE_READ(dev, ifindex) == ifindex &&
		       BPF_CORE_READ(dev, nd_net.net, ns.inum) == netns;
	bpf_probe_read_kernel(kind, sizeof(kind), name);
	if (kind[0] != 'v' || kind[1] != 'e' || kind[2] != 't' || kind[3] != 'h' || kind[4])
		return false;
	/* struct veth_priv begins with it, 5.10 to 7.2; the module's types need not be known */
	bpf_probe_read_kernel(&peer, sizeof(peer), priv);
	return BPF_CORE_READ(peer, ifindex) == ifindex &&
	       BPF_CORE_READ(peer, nd_net.net, ns.inum) == netns;
}

/* Verified by itself: it is asked seldom, and by each program. */
static __noinline bool crossed_veth(__u64 dev, const struct track *t)
{
	return t->stage == STAGE_TX && is_address(dev) &&
	       came_to((void *)dev, t->netns, t->ifindex, STAGE_TX);
}

/*
 * Too late for the content of a freed buffer? A CPU can be taken away between one end of a veth and
 * the other (a virtual machine's), where nothing else can have come in between.
 */
static __always_inline bool adopt_is_over(const struct hit *h, const struct adopt *a)
{
	__u64 age = h->ts_ns - a->ts_ns;

	return age > ADOPT_NS &&
	       (age > WIRE_NS || h->cpu->cur_ts > a->ts_ns || !crossed_veth(h->v.dev, &a->track));
}

/* The content of a buffer that was just freed on this CPU, in a new buffer? */
static __always_inline bool adopt(struct hit *h)
{
	struct adopt *a = &h->cpu->adopt;

	if (!a->armed)
		return false;
	if (adopt_is_over(h, a)) {
		a->armed = 0;
		__sync_fetch_and_add(&live, -1);
		return false;
	}
	if (h->h.sig != a->track.sig || h->h.tuple != a->track.tuple)
		return false;
	a->armed = 0;
	frame_pop(h->cpu, a->track.id);
	a->track.net_off = h->v.net;
	if (!insert(h->v.head, h->v.skb, &a->track)) {
		__sync_fetch_and_add(&live, -1);
		return false;
	}
	return true;
}

/*
 * The head changed under an sk_buff that is known (old): the entry moves to the new address. With
 * other headers, too, it is believed only while the CPU works on it; where a journey can begin
 * (entry) only inside a tunnel's device, or of IPsec: sk_buffs are used again at once. sent: here a
 * local send begins.
 */
static __always_inline struct track *rekey(struct hit *h, struct track *old, __u8 stage, bool entry,
					   bool sent)
{
	struct cpu_ctx *c = h->cpu;
	/* while its device transmits it, however long an emulated machine takes for that */
	bool in_run = c->cur_id == old->id && c->cur_skb == h->v.skb &&
		      (h->ts_ns - c->cur_ts <= RUN_NS || c->xmit_id == old->id);
	struct track *t;
	__u64 old_key;
	struct skb_ref *ref;

	if (old->head == h->v.head) { /* it didn't: a copy, and the first of them is elsewhere */
		h->key = plain_address(c, COPY_KEY(h->v.skb));
		return old;
	}
	if (entry && c->xmit_id != old->id && !(old->flags & TRACK_SEALED || h->h.is_sealed))
		in_run = false;
	if (old->sig != h->h.sig && !in_run && !is_wrapped(h, stage, sent))
		return NULL;
	ref = bpf_map_lookup_elem(&skbs, &h->v.skb);
	if (!ref)
		return NULL;
	old_key = ref->key;
	if (!insert(h->v.head, h->v.skb, old))
		return NULL;
	t = bpf_map_lookup_elem(&tracks, &h->v.head);
	if (t) {
		t->head = 0;
		t->sig = h->h.sig;
		t->net_off = h->v.net;
	}
	/* copies that share the old buffer have entries of their own */
	bpf_map_delete_elem(&tracks, &old_key);
	return t;
}

/*
 * An XDP frame that this CPU saw just now is this sk_buff: in a buffer address of its own where the
 * driver copies the frame, or has its own header in front of it.
 */
static __always_inline struct track *from_frame(struct hit *h)
{
	struct cpu_ctx *c = h->cpu;
	__u64 head = c->frame_head;
	struct track *t;

	if (!head)
		return NULL;
	if (h->ts_ns - c->frame_ts > FRAME_NS) {
		c->frame_head = 0;
		return NULL;
	}
	t = bpf_map_lookup_elem(&tracks, &head);
	if (!t || t->skb != head || t->sig != h->h.sig || t->tuple != h->h.tuple ||
	    t->ifindex != h->v.ifindex)
		return NULL;
	c->frame_head = 0;
	if (!insert(h->v.head, h->v.skb, t))
		return NULL;
	bpf_map_delete_elem(&tracks, &head);
	bpf_map_delete_elem(&skbs, &head);
	t = bpf_map_lookup_elem(&tracks, &h->v.head);
	if (t) {
		t->skb = h->v.skb;
		t->net_off = h->v.net;
	}
	return t;
}

#endif
