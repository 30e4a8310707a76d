/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packet is this? Decided here, once, for every probe; user space only groups by the id.
 *
 * A packet is followed by its data buffer, skb->head: it survives what the stack does to the
 * sk_buff around it, and clones share it. The map `tracks` holds what is known under that address,
 * `skbs` leads from an sk_buff to its buffer, for the moment when the buffer is exchanged
 * (pskb_expand_head, skb_cow) while the sk_buff stays. An id is the time of first sight with the
 * CPU in its low bits, so an address that is used again gets another id.
 *
 * Addresses are used again all the time, and not every free can be seen: TCP frees what was
 * acknowledged or read without a tracepoint, GRO steals heads. So an entry that is found is not
 * believed, it is checked. Each entry keeps `sig`, a hash of what NAT doesn't touch (IP
 * identification, lengths, TCP sequence). The packet is the known one if
 *   - the signature of the current network header is the same, or
 *   - the bytes where the old network header was still have the old signature: a tunnel pushed or
 *     pulled an outer header around a packet that is still there, or
 *   - this very CPU worked on this very sk_buff a moment ago (headers rebuilt in one run); where a
 *     journey can begin, only if IPsec made or opened it, because a buffer that is freed unseen is
 *     used again at once, and by the same sk_buff, or
 *   - it is what IPsec or a tunnel's device made of that sk_buff on its way out, wherever and as
 *     late as they liked (wrapped.bpf.h).
 *
 * Else it is an address used again: the old journey ends, and at an entry the filter is asked anew.
 * One more case looks the same but isn't: the same buffer sent again. A local send that starts over
 * (TCP keeps the buffer until it is acknowledged) is a retransmission, a journey of its own.
 *
 * A clone that goes a way of its own (another port of a bridge, another host, socket or capture) is
 * a packet of its own, a copy, with an entry under its sk_buff's address (copy.bpf.c). It begins
 * where an sk_buff is seen for the first time whose buffer is known, while the packet's own sk_buff
 * is still there, or after that had its end; it has a link to the packet, and an end that is nobody
 * else's. Only where the kernel clones a packet and frees the original in the same run
 * (skb_share_check) does the packet itself go on in the clone.
 *
 * Where the content moves to a new buffer and the old one is freed (veth copies a packet in front
 * of an XDP program, skb_copy before a rewrite), the last free leaves a note on its CPU: `adopt`.
 * The next unknown buffer on that CPU with the same signature takes the id over, once, within ten
 * milliseconds, or a second at a veth's other end. If nothing fits, it is a journey of its own:
 * rather two than a wrong one.
 *
 * An XDP frame has no sk_buff yet. Its entry stands under the address of its buffer, which is what
 * most drivers make skb->head of; in place of the sk_buff's address it has the buffer's, too. Where
 * the driver copies, the next unknown sk_buff on that CPU and device with the same signature and
 * addresses is the frame, once, within ten milliseconds.
 */
#ifndef WAYBILL_IDENTITY_BPF_H
#define WAYBILL_IDENTITY_BPF_H

#include "caused.bpf.h"
#include "copy.bpf.h"
#include "current.bpf.h"
#include "flat.bpf.h"
#include "handover.bpf.h"
#include "same.bpf.h"

/* How a probe looks at a packet. */
#define SEE_ENTRY     0x01 /* a journey may begin here: the filter is asked */
#define SEE_AT_DATA   0x02 /* the network header begins at skb->data */
#define SEE_SEND      0x04 /* here a local send begins */
#define SEE_NO_DEV    0x08 /* skb->dev is no device here (socket queues reuse its place) */
#define SEE_NO_THREAD 0x10 /* the program can't ask for it: XDP, tc before 6.10 */
#define SEE_NO_PROTO  0x20 /* skb->protocol is not the network header's: a tunnel's, or none */

static __always_inline void count_silent(struct track *t);

static __always_inline bool read_headers(struct scratch *s, struct view *v, struct hashes *h)
{
	if (bpf_probe_read_kernel(s->hdr, HDR_MAX, (const void *)(v->bytes + v->net))) {
		lose(WB_LOSS_UNREADABLE);
		return false;
	}
	/* a local send gets its protocol after its first station (__ip_local_out) */
	if (!v->eth)
		v->eth = eth_of(s->hdr);
	FORGET(v->eth);
	hash_now(v->eth);
	*h = s->hashes;
	return true;
}

/* Do the bytes at the old network header still carry the old signature? See inside(). */
static __always_inline bool still_inside(const struct view *v, const struct track *t)
{
	return inside(v->bytes, v->net | (__u32)v->data << 16 | (__u64)v->linear << 32,
		      t->sig | (__u64)t->net_off << 32);
}

/*
 * Sent from here, and it was on its way already: the same buffer again (a retransmission), or its
 * address again. UDP without connect() sends all datagrams with identification 0.
 */
static __always_inline bool is_sent_anew(const struct hit *h, const struct track *t, __u32 how)
{
	return (how & SEE_SEND) && t->stage != STAGE_OUT && h->cpu->xmit_id != t->id &&
	       !is_wrapped(h, STAGE_OUT, true);
}

/* Is the entry found under this buffer's address really this packet? */
static __always_inline bool same_packet(struct hit *h, struct track *t, __u8 stage, __u32 how)
{
	bool in_run = h->cpu->cur_id == t->id && h->cpu->cur_skb == h->v.skb;
	enum same otherwise;

	if (is_sent_anew(h, t, how))
		return false;
	if (h->v.partial) /* there is no signature to compare */
		return t->skb == h->v.skb;
	if (h->h.sig == t->sig)
		return true;
	otherwise = same_otherwise(plain_address(h->cpu, h->key), plain_address(h->cpu, h->v.skb),
				   h->v.netns, (how & SEE_SEND ? SAME_SENT : 0) | stage << 8);
	if (otherwise == SAME_CHANGED)
		h->flags |= WB_EV_PACKET;
	if (otherwise == SAME_PACKET || otherwise == SAME_CHANGED ||
	    (otherwise == SAME_COPIED && copy_asked(h, STAGE_OUT | COPY_ASKED)))
		return true;
	/* any other packet on this sk_buff would have passed an entry, and would have been told
	 * here */
	if ((how & SEE_ENTRY) &&
	    (!(t->flags & TRACK_SEALED || h->h.is_sealed) || h->ts_ns - h->cpu->cur_ts > RUN_NS))
		in_run = false;
	return still_inside(&h->v, t) || in_run || is_wrapped(h, stage, how & SEE_SEND);
}

/* The known packet t is here now: notes what changed. */
static __always_inline void refresh(struct hit *h, struct track *t, __u8 stage, __u32 how)
{
	if (t->skb != h->v.skb) {
		struct skb_ref ref = {.key = h->v.head, .id = t->id};

		if (t->skb == h->v.head) /* it was a frame */
			bpf_map_delete_elem(&skbs, &t->skb);
		bpf_map_update_elem(&skbs, &h->v.skb, &ref, BPF_ANY);
		t->skb = h->v.skb;
	}
	if (t->tuple != h->h.tuple && !h->v.partial) {
		h->flags |= WB_EV_PACKET;
		t->tuple = h->h.tuple;
	}
	if (!h->v.partial) {
		t->sig = h->h.sig;
		t->net_off = h->v.net;
	}
	t->stage = stage;
	t->seen_ns = h->ts_ns;
	if (t->flags & TRACK_FREED) /* that was not its end */
		h->flags |= WB_EV_ADOPTED;
	FORGET_HERE(h->flags);
	t->flags &= ~TRACK_FREED;
	if (h->h.is_sealed)
		t->flags |= TRACK_SEALED;
	if (h->v.netns) {
		t->netns = h->v.netns;
		t->ifindex = h->v.ifindex;
	}
	h->id = t->id;
	h->netns = t->netns;
	h->ifindex = t->ifindex;
}

/*
 * What see() does once h->cpu is known and the view is filled. skb: where its headers are not in
 * the linear data they are fetched from it; NULL: not here.
 */
static __always_inline bool look(struct hit *h, struct sk_buff *skb, __u8 stage, __u32 how)
{
	struct track *t;
	__u32 unknown; /* not bool: that would be made 0 or 1 again */

	if (is_resting())
		return false;
	h->flags = 0;
	h->parent = 0;
	h->link = 0;
	h->unasked = 0;
	h->key = plain_address(h->cpu, h->v.head);
	t = live ? bpf_map_lookup_elem(&tracks, &h->key) : NULL;
	unknown = !t && !h->cpu->adopt.armed && !h->cpu->gso_id && !(live && track_by_skb(&h->v));
	if (unknown && !(how & SEE_ENTRY))
		return false;
	h->s = scratch_get(h->cpu);
	if (!h->s)
		return false;
	if (is_short(&h->v)) {
		h->v.partial = 1;
		if (skb && cfg.kernel >= FLAT_SINCE)
			flatten(&h->v, h->s->flat, skb);
	}
	FORGET(h->v.partial);
	/* pointers of two kinds, which the verifier would follow apart through all that comes */
	h->v.bytes = plain_address(h->cpu, h->v.bytes);
	if (unknown && !h->cpu->frame_head) {
		/* neither the time nor the headers unless the filter matches: most packets end here
		 */
		if (!begins(h, stage))
			goto no;
		h->ts_ns = bpf_ktime_get_ns();
		if (!read_headers(h->s, &h->v, &h->h))
			goto no;
		goto birth;
	}
	h->ts_ns = bpf_ktime_get_ns();
	if (!read_headers(h->s, &h->v, &h->h))
		goto no;
	if (t && t->skb != h->v.skb)
		t = copy_known(h, t);
	if (t && !same_packet(h, t, stage, how)) {
		if (t->stage == STAGE_OUT && !(t->flags & TRACK_FREED) &&
		    !is_first_fragment(h->cpu, &h->h, t->id))
			lose(WB_LOSS_STALE);
		if (cfg.flags & WB_CFG_COUNT)
			h->cpu->ended = *t;
		if (forget(h->key))
			count_silent(&h->cpu->ended);
		t = NULL;
	} else if (t && t->skb != h->v.skb && !(how & SEE_SEND)) {
		t = copy_or_same(h, t, stage);
	}
	if (!t && (t = track_by_skb(&h->v)))
		t = is_sent_anew(h, t, how) ? NULL
					    : rekey(h, t, stage, how & SEE_ENTRY, how & SEE_SEND);
	if (!t)
		t = from_frame(h);
	if (!t && adopt(h)) {
		h->flags |= WB_EV_ADOPTED;
		t = bpf_map_lookup_elem(&tracks, &h->v.head);
	}
	if (t) {
		FORGET_HERE(h->flags);
		FORGET(h->parent);
		FORGET(h->link);
		FORGET(h->unasked);
		refresh(h, t, stage, how);
		goto seen;
	}
	if (!is_segment(h, how & SEE_ENTRY) && (!(how & SEE_ENTRY) || !begins(h, stage)))
		goto no;
birth:
	if (h->link)
		h->parent = h->cpu->cur_id;
	else
		find_parent(h, stage, how & SEE_ENTRY);
	new_track(h, &h->s->track, stage);
	if (!insert(h->v.head, h->v.skb, &h->s->track))
		goto no;
	__sync_fetch_and_add(&live, 1);
	h->id = h->s->track.id;
	h->netns = h->v.netns;
	h->ifindex = h->v.ifindex;
	h->flags |= WB_EV_FIRST | WB_EV_PACKET;
	if (cfg.flags & WB_CFG_COUNT) {
		t = bpf_map_lookup_elem(&tracks, &h->v.head);
		if (!t)
			goto no;
	}
seen:
	FORGET(h->flags);
	FORGET(h->parent);
	FORGET(h->netns);
	FORGET(h->ifindex);
	h->t = cfg.flags & WB_CFG_COUNT ? t : NULL;
	set_current(h, stage, !(how & SEE_NO_THREAD));
	return true;
no:
	scratch_put(h->cpu);
	return false;
}

/*
 * Looks at a packet at a probe. True: it is traced, h is filled and the CPU's current packet set;
 * the caller emits its event and then calls unsee(). False: nothing to do, nothing to undo.
 * net: where it is, if the probe is told so: what the kernel itself sends (a firewall's reset) has
 * neither a device nor a socket at first. NULL: not told.
 */
static __always_inline bool see_in(struct hit *h, struct net *net, struct sk_buff *skb, __u8 stage,
				   __u32 how, const bool btf)
{
	if (!live && !(how & SEE_ENTRY))
		return false;
	h->cpu = cpu_ctx();
	if (!h->cpu)
		return false;
	view_read(&h->v, skb, how & SEE_AT_DATA, !(how & SEE_NO_DEV), btf);
	if (how & SEE_NO_DEV && !h->v.eth)
		return false; /* a message of netlink or of a local socket, where a packet was */
	if (net) {
		if (!h->v.netns)
			h->v.netns = net_inum(net, btf);
		FORGET(h->v.netns);
	}
	if (how & SEE_NO_PROTO)
		h->v.eth = 0;
	return look(h, NULL, stage, how);
}

static __always_inline bool see(struct hit *h, struct sk_buff *skb, __u8 stage, __u32 how,
				const bool btf)
{
	return see_in(h, NULL, skb, stage, how, btf);
}

/* The same at the devices, where headers may not be in the linear data yet. skb is typed. */
static __always_inline bool see_flat(struct hit *h, struct sk_buff *skb, __u8 stage, __u32 how)
{
	if (!live && !(how & SEE_ENTRY))
		return false;
	h->cpu = cpu_ctx();
	if (!h->cpu)
		return false;
	view_read(&h->v, skb, how & SEE_AT_DATA, true, true);
	return look(h, skb, stage, how);
}

static __always_inline void unsee(struct hit *h)
{
	scratch_put(h->cpu);
}

#endif
