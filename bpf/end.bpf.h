/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packet is it that ends here: identity.bpf.h's question, where an sk_buff is freed. What the
 * end means is told by the probes.
 */
#ifndef WAYBILL_END_BPF_H
#define WAYBILL_END_BPF_H

#include "identity.bpf.h"

/* A driver or a socket has it, or had it: TCP and some drivers free without a tracepoint. */
static __always_inline bool may_be_freed(const struct cpu_ctx *c, const struct track *t)
{
	return t->stage == STAGE_SOCK || (t->stage == STAGE_TX && c->xmit_id != t->id);
}

/*
 * Does its end belong to the entry without a look at its headers? What is received and was silent
 * for long may have been freed unseen, too: by TCP, of what it has no use for (a reset).
 */
static __always_inline bool is_believed(const struct hit *h, const struct track *t, bool adoptable)
{
	if (t->stage == STAGE_IN)
		return h->ts_ns - t->seen_ns < RUN_NS;
	return adoptable || !may_be_freed(h->cpu, t);
}

/* A packet that no probe saw before its end; its headers are read. */
static __always_inline void end_of_new(struct hit *h, __u8 stage)
{
	new_track(h, &h->s->track, stage);
	h->id = h->s->track.id;
	h->netns = h->v.netns;
	h->ifindex = h->v.ifindex;
	h->flags = WB_EV_FIRST | WB_EV_PACKET | WB_EV_LAST;
	h->copied = 0;
	h->shared = 0;
	h->t = &h->cpu->ended;
	if (cfg.flags & WB_CFG_COUNT)
		*h->t = h->s->track;
}

/*
 * Dropped at the first place that the user wants to see, before any other probe there: by XDP on a
 * veth, whose sender is in another namespace. Without a wish for a place it would have been seen.
 */
static __always_inline bool ends_unknown(struct hit *h, struct sk_buff *skb, const bool btf)
{
	view_read_headers(&h->v, skb, false, btf);
	view_read_place(&h->v, skb, false);
	if (!is_address(h->v.dev) || !h->v.eth)
		return false;
	h->v.net = net_offset(h->v.mac, h->v.net);
	h->s = scratch_get(h->cpu);
	if (!h->s)
		return false;
	h->parent = 0;
	if (begins(h, STAGE_IN) && read_headers(h->s, &h->v, &h->h)) {
		h->ts_ns = bpf_ktime_get_ns();
		end_of_new(h, STAGE_IN);
		return true;
	}
	scratch_put(h->cpu);
	return false;
}

/*
 * An sk_buff that was never seen, with the buffer of a known packet: is it a copy, whose end is its
 * own? What ends in peace without having been seen is told nowhere. False: that. *t becomes its
 * entry.
 */
static __always_inline bool end_of_copy(struct hit *h, struct track **t, bool adoptable)
{
	if (adoptable)
		return !copy_asked(h, (*t)->stage | COPY_ASKED);
	*t = copy_or_same(h, *t, (*t)->stage);
	return true;
}

/* The entry of what ends: the copies that share the buffer are known by it as long as they live. */
static __always_inline void end_entry(struct hit *h, struct track *t, bool shared, bool adoptable)
{
	if (cfg.flags & WB_CFG_COUNT && !adoptable)
		h->cpu->ended = *t;
	h->copied = t->head || t->copies > t->strayed;
	h->shared = shared;
	if (t->head && !adoptable)
		copy_strayed(plain_address(h->cpu, h->v.skb), plain_address(h->cpu, h->v.head));
	h->t = adoptable ? &h->cpu->adopt.track : &h->cpu->ended;
	if (shared && !t->head) {
		h->t = t;
		t->flags |= TRACK_FREED;
		if (adoptable) {
			h->cpu->gone_head = h->v.head;
			h->cpu->gone_ts = h->ts_ns;
		}
	} else if (adoptable) {
		arm(h, t, h->key);
	} else {
		forget(h->key);
	}
	if (!shared)
		copy_bury(plain_address(h->cpu, h->v.head));
}

/*
 * The sk_buff is being freed. True: it was a traced packet's, which ends with it unless its content
 * goes on in a new buffer, or in a clone that was made of it in this very run; unsee() afterwards.
 */
static __always_inline bool see_end(struct hit *h, struct sk_buff *skb, bool adoptable,
				    const bool btf)
{
	struct skb_ref *ref;
	struct track *t;
	__u32 known; /* not bool: that would be made 0 or 1 again */
	const bool place_asked = !adoptable && (cfg.netns[0] || cfg.ifnames[0][0]);

	if ((!live && !place_asked) || is_resting())
		return false;
	h->cpu = cpu_ctx();
	if (!h->cpu)
		return false;
	h->v.skb = (__u64)skb;
	h->v.head = (__u64)RD(btf, skb, head);
	h->key = plain_address(h->cpu, h->v.head);
	ref = bpf_map_lookup_elem(&skbs, &h->v.skb);
	t = bpf_map_lookup_elem(&tracks, &h->key);
	if (t && t->skb != h->v.skb) {
		t = copy_known(h, t);
	} else if (!t && ref) {
		/* the buffer was exchanged since it was last seen, or it is a copy */
		h->key = ref->key;
		t = bpf_map_lookup_elem(&tracks, &h->key);
		if (t && t->id != ref->id)
			t = NULL;
	}
	if (!t && !h->cpu->adopt.armed && (adoptable || !h->cpu->gso_id))
		goto unknown;
	FORGET(h->key);
	h->ts_ns = bpf_ktime_get_ns();
	known = t && t->skb == h->v.skb && ref && ref->id == t->id &&
		(h->key == h->v.head || t->head == h->v.head) && is_believed(h, t, adoptable);
	FORGET(known);
	/* in a socket's queue the place of skb->dev holds something else, which reads as no device
	 */
	view_read_headers(&h->v, skb, false, btf);
	if (!t || t->stage != STAGE_SOCK)
		view_read_place(&h->v, skb, false);
	h->v.dev = plain_address(h->cpu, h->v.dev);
	h->v.bytes = plain_address(h->cpu, h->v.bytes);
	/* a message of netlink, where a packet was that its socket freed unseen */
	if (!h->v.eth && (adoptable || (t && t->stage == STAGE_SOCK)))
		return false;
	FORGET(h->v.eth);
	h->s = scratch_get(h->cpu);
	if (!h->s)
		return false;
	h->flags = 0;
	h->parent = 0;
	h->unasked = 0;
	if (!t || !known) {
		/* an sk_buff not seen before: a clone, a copy, or an address used again */
		if (!read_headers(h->s, &h->v, &h->h))
			goto no;
		if (!t && adopt(h)) {
			h->flags |= WB_EV_ADOPTED;
			h->key = h->v.head;
			t = bpf_map_lookup_elem(&tracks, &h->key);
			if (!t)
				goto no;
		} else if (!t || (t->sig != h->h.sig && !still_inside(&h->v, t))) {
			if (adoptable || !is_segment(h, false)) {
				if (t && t->skb == h->v.skb)
					goto no;
				scratch_put(h->cpu);
				goto unknown;
			}
			/* a queue that cuts large packets itself refuses it */
			find_parent(h, STAGE_OUT, false);
			end_of_new(h, STAGE_OUT);
			return true;
		} else if (t->skb != h->v.skb && !end_of_copy(h, &t, adoptable)) {
			if (!shares_buffer(skb, h->v.head))
				copy_bury(plain_address(h->cpu, h->v.head));
			goto no;
		}
	}
	h->id = t->id;
	FORGET(h->flags);
	FORGET(h->parent);
	FORGET(h->v.netns);
	h->netns = h->v.netns ? h->v.netns : t->netns;
	h->ifindex = h->v.netns ? h->v.ifindex : t->ifindex;
	FORGET(h->netns);
	FORGET(h->ifindex);
	h->flags |= WB_EV_LAST;
	bpf_map_delete_elem(&skbs, &h->v.skb);
	end_entry(h, t, shares_buffer(skb, h->v.head), adoptable);
	FORGET(h->flags);
	FORGET(h->copied);
	FORGET(h->shared);
	if (h->cpu->cur_skb == h->v.skb)
		h->cpu->cur_skb = 0;
	return true;
no:
	scratch_put(h->cpu);
	return false;
unknown:
	return place_asked && ends_unknown(h, skb, btf);
}

#endif
