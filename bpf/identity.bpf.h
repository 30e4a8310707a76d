/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packet is this? Decided here, once, for every probe; user space only groups by the id.
 *
 * A packet is followed by its data buffer, skb->head: clones share it, and it survives what the
 * stack does to the sk_buff around it. The map `tracks` holds what is known under that address,
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
 *     used again at once, and by the same sk_buff.
 * Else it is an address used again: the old journey ends, and at an entry the filter is asked anew.
 * One more case looks the same but isn't: the same buffer sent again. A local send that starts over
 * (TCP keeps the buffer until it is acknowledged) is a retransmission, a journey of its own.
 *
 * Where the content moves to a new buffer and the old one is freed (veth copies a packet in front
 * of an XDP program, skb_copy before a rewrite), the last free leaves a note on its CPU: `adopt`.
 * The next unknown buffer on that CPU with the same signature takes the id over, once, within a
 * millisecond. If nothing fits, it is a journey of its own: rather two than a wrong one.
 *
 * An XDP frame has no sk_buff yet. Its entry stands under the address of its buffer, which is what
 * most drivers make skb->head of; in place of the sk_buff's address it has the buffer's, too. Where
 * the driver copies, the next unknown sk_buff on that CPU and device with the same signature and
 * addresses is the frame, once, within a millisecond.
 */
#ifndef WAYBILL_IDENTITY_BPF_H
#define WAYBILL_IDENTITY_BPF_H

#include "packet.bpf.h"

#define ADOPT_NS 1000000
#define FRAME_NS 1000000
#define RUN_NS	 10000000

/* How a probe looks at a packet. */
#define SEE_ENTRY   0x01 /* a journey may begin here: the filter is asked */
#define SEE_AT_DATA 0x02 /* the network header begins at skb->data */
#define SEE_SEND    0x04 /* here a local send begins */
#define SEE_NO_DEV  0x08 /* skb->dev is no device here (socket queues reuse its place) */

struct hit { /* a traced packet at a probe */
	struct view v;
	struct hashes h;
	struct cpu_ctx *cpu;
	struct scratch *s;
	__u64 ts_ns;
	__u64 id;
	__u64 parent; /* not 0: this packet is a part of that one */
	__u32 ifindex;
	__u32 netns;
	__u8 flags; /* WB_EV_* */
	__u8 link;  /* enum wb_link_how, with parent */
	__u8 copy;  /* counting: not the sk_buff that was seen first */
	__u8 pad[5];
	__u64 path;	 /* counting: the event's id */
	struct track *t; /* NULL: to be looked up if it is needed */
};

static __always_inline struct track *track_by_skb(const struct view *v)
{
	struct skb_ref *ref = bpf_map_lookup_elem(&skbs, &v->skb);
	struct track *t;

	if (!ref || ref->head == v->head)
		return NULL;
	t = bpf_map_lookup_elem(&tracks, &ref->head);
	return t && t->id == ref->id ? t : NULL;
}

static __always_inline bool insert(__u64 head, __u64 skb, const struct track *t)
{
	struct skb_ref ref = {.head = head, .id = t->id};

	if (bpf_map_update_elem(&tracks, &head, t, BPF_ANY)) {
		lose(WB_LOSS_TRACK_FULL);
		return false;
	}
	if (bpf_map_update_elem(&skbs, &skb, &ref, BPF_ANY))
		lose(WB_LOSS_TRACK_FULL);
	return true;
}

static __always_inline bool forget(__u64 head)
{
	if (bpf_map_delete_elem(&tracks, &head))
		return false;
	__sync_fetch_and_add(&live, -1);
	return true;
}

static __always_inline void count_silent(struct track *t);

static __always_inline bool read_headers(struct scratch *s, struct view *v, struct hashes *h)
{
	if (bpf_probe_read_kernel(s->hdr, HDR_MAX, (const void *)(v->head + v->net))) {
		lose(WB_LOSS_UNREADABLE);
		return false;
	}
	/* a local send gets its protocol after its first station (__ip_local_out) */
	if (!v->eth)
		v->eth = s->hdr[0] >> 4 == 4 ? ETH_P_IP : s->hdr[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
	hash_headers(s->hdr, v->eth, h);
	return true;
}

/* Do the bytes at the old network header still carry the old signature? */
static __always_inline bool still_inside(struct scratch *s, const struct view *v,
					 const struct track *t)
{
	struct hashes h;

	if (t->net_off == v->net)
		return false;
	if (bpf_probe_read_kernel(s->hdr, HDR_MAX, (const void *)(v->head + t->net_off)))
		return false;
	hash_headers(s->hdr, 0, &h);
	return h.sig == t->sig;
}

/* Is what stands behind the IP header made by IPsec? */
static __always_inline bool is_sealed(const struct hit *h)
{
	const __u8 *hdr = h->s->hdr;
	__u8 proto = h->v.eth == ETH_P_IPV6 ? hdr[6] : h->v.eth == ETH_P_IP ? hdr[9] : 0;

	return proto == IPPROTO_ESP || proto == IPPROTO_AH;
}

/* Is the entry found under this buffer's address really this packet? */
static __always_inline bool same_packet(struct hit *h, struct track *t, __u32 how)
{
	bool in_run = h->cpu->cur_id == t->id && h->cpu->cur_skb == h->v.skb;
	bool inside;

	/*
	 * Sent from here, and it was on its way already: the same buffer again (a retransmission),
	 * or its address again. UDP without connect() sends all datagrams with identification 0.
	 */
	if ((how & SEE_SEND) && t->stage != STAGE_OUT && h->cpu->xmit_id != t->id)
		return false;
	if (h->h.sig == t->sig)
		return true;
	if (t->flags & TRACK_GREW && t->skb == h->v.skb && t->tuple == h->h.tuple) {
		t->flags &= ~TRACK_GREW;
		h->flags |= WB_EV_PACKET;
		return true;
	}
	/* any other packet on this sk_buff would have passed an entry, and would have been told
	 * here */
	if ((how & SEE_ENTRY) &&
	    (!(t->flags & TRACK_SEALED || is_sealed(h)) || h->ts_ns - h->cpu->cur_ts > RUN_NS))
		in_run = false;
	inside = still_inside(h->s, &h->v, t);
	/* the look at the old place overwrote the headers */
	bpf_probe_read_kernel(h->s->hdr, HDR_MAX, (const void *)(h->v.head + h->v.net));
	return inside || in_run;
}

static __always_inline bool ifname_matches(const struct view *v)
{
	const struct net_device *dev = (const void *)v->dev;
	char name[16] = {};

	if (!cfg.ifname[0])
		return true;
	if (!dev || bpf_probe_read_kernel(name, sizeof(name), &dev->name))
		return false;
#pragma unroll
	for (int i = 0; i < 16; i++) {
		if (name[i] != cfg.ifname[i])
			return false;
		if (!name[i])
			break;
	}
	return true;
}

/* Does the user want this packet? The user's filter expression runs in here. */
static __always_inline bool wanted(struct hit *h)
{
	const struct view *v = &h->v;
	bool l2 = v->mac != 0xffff && v->mac + 14 <= v->net;

	if (!netns_wanted(v->netns))
		return false;
	if (!ifname_matches(v))
		return false;
	if (cfg.flags & WB_CFG_MATCH_ALL)
		return true;
	if (l2) {
		if (!window_fill(&h->s->window, v, true))
			return false;
		return filter_l2(&h->s->window);
	}
	if (cfg.flags & WB_CFG_L3_NEVER)
		return false;
	if (!window_fill(&h->s->window, v, false))
		return false;
	return filter_l3(&h->s->window);
}

static __always_inline void new_track(struct hit *h, struct track *t, __u8 stage)
{
	__builtin_memset(t, 0, sizeof(*t));
	t->id = h->ts_ns << 8 | (bpf_get_smp_processor_id() & 0xff);
	t->skb = h->v.skb;
	t->seen_ns = h->ts_ns;
	t->tuple = h->h.tuple;
	t->sig = h->h.sig;
	t->net_off = h->v.net;
	t->ifindex = h->v.ifindex;
	t->netns = h->v.netns;
	t->stage = stage;
	t->flags = is_sealed(h) ? TRACK_SEALED : 0;
}

/* A buffer's content may go on in a new buffer; until then it counts as living. */
static __always_inline void arm(struct hit *h, const struct track *t, __u64 head)
{
	struct adopt *a = &h->cpu->adopt;

	if (a->armed)
		__sync_fetch_and_add(&live, -1);
	a->ts_ns = h->ts_ns;
	a->track = *t;
	a->armed = 1;
	if (bpf_map_delete_elem(&tracks, &head))
		__sync_fetch_and_add(&live, 1); /* somebody else took it out and counted that */
}

/* The content of a buffer that was just freed on this CPU, in a new buffer? */
static __always_inline bool adopt(struct hit *h)
{
	struct adopt *a = &h->cpu->adopt;

	if (!a->armed)
		return false;
	if (h->ts_ns - a->ts_ns > ADOPT_NS) {
		a->armed = 0;
		__sync_fetch_and_add(&live, -1);
		return false;
	}
	if (h->h.sig != a->track.sig || h->h.tuple != a->track.tuple)
		return false;
	a->armed = 0;
	a->track.net_off = h->v.net;
	if (!insert(h->v.head, h->v.skb, &a->track)) {
		__sync_fetch_and_add(&live, -1);
		return false;
	}
	return true;
}

#define SEGMENT_NS 1000000

/* Segments of this one may come now, each in a buffer of its own. */
static __always_inline void expect_segments(struct hit *h)
{
	struct cpu_ctx *c = h->cpu;

	c->gso_tuple = h->h.tuple;
	c->gso_id = h->id;
	c->gso_ts = h->ts_ns;
}

/* Of the flow of the large packet that this CPU queued just now? */
static __always_inline bool is_segment(const struct hit *h)
{
	struct cpu_ctx *c = h->cpu;

	if (!c->gso_id)
		return false;
	if (h->ts_ns - c->gso_ts > SEGMENT_NS)
		c->gso_id = 0;
	return c->gso_id && c->gso_tuple == h->h.tuple;
}

/* Part of the packet that this CPU is fragmenting or segmenting? Then it is its child. */
static __always_inline void find_parent(struct hit *h)
{
	struct cpu_ctx *c = h->cpu;

	if (h->h.is_fragment && c->cur_frag == h->h.frag) {
		h->parent = c->cur_id;
		h->link = WB_LINK_FRAGMENT;
	} else if (is_segment(h)) {
		h->parent = c->gso_id;
		h->link = WB_LINK_SEGMENT;
	}
}

static __always_inline void set_current(struct hit *h, __u8 stage)
{
	struct cpu_ctx *c = h->cpu;
	const __u8 *hdr = h->s->hdr;

	c->cur_id = h->id;
	c->cur_skb = h->v.skb;
	c->cur_netns = h->netns;
	c->cur_ifindex = h->ifindex;
	c->cur_stage = stage;
	if (!h->h.is_fragment)
		c->cur_frag = h->h.frag;
	c->cur_ts = h->ts_ns;
	c->cur_tid = bpf_get_current_pid_tgid();
	c->cur_ports = 0;
	c->cur_family = 0;
	if (h->v.eth == ETH_P_IP) {
		c->cur_family = 4;
		*(__u32 *)c->cur_saddr = *(const __u32 *)(hdr + 12);
		*(__u32 *)c->cur_daddr = *(const __u32 *)(hdr + 16);
		if (hdr[0] == 0x45)
			c->cur_ports = *(const __u32 *)(hdr + 20);
	} else if (h->v.eth == ETH_P_IPV6) {
		c->cur_family = 6;
		__builtin_memcpy(c->cur_saddr, hdr + 8, 16);
		__builtin_memcpy(c->cur_daddr, hdr + 24, 16);
		c->cur_ports = *(const __u32 *)(hdr + 40);
	}
}

/* The known packet t is here now: notes what changed. */
static __always_inline void refresh(struct hit *h, struct track *t, __u8 stage, __u32 how)
{
	if (t->skb != h->v.skb) {
		struct skb_ref ref = {.head = h->v.head, .id = t->id};

		if (t->skb == h->v.head) /* it was a frame */
			bpf_map_delete_elem(&skbs, &t->skb);
		bpf_map_update_elem(&skbs, &h->v.skb, &ref, BPF_ANY);
		t->skb = h->v.skb;
	}
	if (t->tuple != h->h.tuple) {
		h->flags |= WB_EV_PACKET;
		t->tuple = h->h.tuple;
	}
	t->sig = h->h.sig;
	t->net_off = h->v.net;
	t->stage = stage;
	t->seen_ns = h->ts_ns;
	if (is_sealed(h))
		t->flags |= TRACK_SEALED;
	if (h->v.netns) {
		t->netns = h->v.netns;
		t->ifindex = h->v.ifindex;
	}
	h->id = t->id;
	h->netns = t->netns;
	h->ifindex = t->ifindex;
}

/* The head changed under an sk_buff that is known: the entry moves to the new address. */
static __always_inline struct track *rekey(struct hit *h)
{
	struct track *old = track_by_skb(&h->v), *t;
	__u64 old_head;
	struct skb_ref *ref;

	if (!old)
		return NULL;
	if (old->sig != h->h.sig && !(h->cpu->cur_id == old->id && h->cpu->cur_skb == h->v.skb))
		return NULL;
	ref = bpf_map_lookup_elem(&skbs, &h->v.skb);
	if (!ref)
		return NULL;
	old_head = ref->head;
	if (!insert(h->v.head, h->v.skb, old))
		return NULL;
	t = bpf_map_lookup_elem(&tracks, &h->v.head);
	if (t) {
		t->sig = h->h.sig;
		t->net_off = h->v.net;
	}
	/* A clone may still use the old buffer; then its entry is found stale later and goes. */
	bpf_map_delete_elem(&tracks, &old_head);
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

/* What see() does once h->cpu is known and the view is filled. */
static __always_inline bool look(struct hit *h, __u8 stage, __u32 how)
{
	struct track *t;
	bool unknown;

	h->flags = 0;
	h->parent = 0;
	h->t = NULL;
	t = live ? bpf_map_lookup_elem(&tracks, &h->v.head) : NULL;
	unknown = !t && !h->cpu->adopt.armed && !h->cpu->gso_id &&
		  !(live && track_by_skb(&h->v));
	if (unknown && !(how & SEE_ENTRY))
		return false;
	h->s = scratch_get(h->cpu);
	if (!h->s)
		return false;
	if (unknown && !h->cpu->frame_head) {
		/* neither the time nor the headers unless the filter matches: most packets end here */
		if (!wanted(h))
			goto no;
		h->ts_ns = bpf_ktime_get_ns();
		if (!read_headers(h->s, &h->v, &h->h))
			goto no;
		goto birth;
	}
	h->ts_ns = bpf_ktime_get_ns();
	if (!read_headers(h->s, &h->v, &h->h))
		goto no;
	if (t && !same_packet(h, t, how)) {
		if (t->stage == STAGE_OUT)
			lose(WB_LOSS_STALE);
		if (cfg.flags & WB_CFG_COUNT)
			h->cpu->ended = *t;
		if (forget(h->v.head))
			count_silent(&h->cpu->ended);
		t = NULL;
	}
	if (!t)
		t = rekey(h);
	if (!t)
		t = from_frame(h);
	if (!t && adopt(h)) {
		h->flags |= WB_EV_ADOPTED;
		t = bpf_map_lookup_elem(&tracks, &h->v.head);
	}
	if (t) {
		h->t = t;
		refresh(h, t, stage, how);
		set_current(h, stage);
		return true;
	}
	if (!is_segment(h) && (!(how & SEE_ENTRY) || !wanted(h)))
		goto no;
birth:
	find_parent(h);
	new_track(h, &h->s->track, stage);
	if (!insert(h->v.head, h->v.skb, &h->s->track))
		goto no;
	__sync_fetch_and_add(&live, 1);
	h->id = h->s->track.id;
	h->netns = h->v.netns;
	h->ifindex = h->v.ifindex;
	h->flags |= WB_EV_FIRST | WB_EV_PACKET;
	set_current(h, stage);
	return true;
no:
	scratch_put(h->cpu);
	return false;
}

/*
 * Looks at a packet at a probe. True: it is traced, h is filled and the CPU's current packet set;
 * the caller emits its event and then calls unsee(). False: nothing to do, nothing to undo.
 */
static __always_inline bool see(struct hit *h, struct sk_buff *skb, __u8 stage, __u32 how,
				const bool btf)
{
	if (!live && !(how & SEE_ENTRY))
		return false;
	h->cpu = cpu_ctx();
	if (!h->cpu)
		return false;
	view_read(&h->v, skb, how & SEE_AT_DATA, !(how & SEE_NO_DEV), btf);
	return look(h, stage, how);
}

/* This sk_buff's entry, by addresses alone: right after it was seen. NULL: not traced. */
static __always_inline struct track *traced(__u64 skb)
{
	__u64 head = (__u64)BPF_CORE_READ((struct sk_buff *)skb, head);
	struct track *t = bpf_map_lookup_elem(&tracks, &head);

	return t && t->skb == skb ? t : NULL;
}

static __always_inline __u64 traced_id(__u64 skb)
{
	struct track *t = traced(skb);

	return t ? t->id : 0;
}

static __always_inline void unsee(struct hit *h)
{
	scratch_put(h->cpu);
}

/*
 * The sk_buff is being freed. True: it was a traced packet's, h->flags says WB_EV_LAST if the data
 * goes with it, which also arms the adoption by a new buffer; unsee() afterwards.
 */
static __always_inline bool see_end(struct hit *h, struct sk_buff *skb, bool adoptable,
				    const bool btf)
{
	struct skb_ref *ref;
	struct track *t;
	bool last = true;
	__u64 head;

	if (!live)
		return false;
	h->cpu = cpu_ctx();
	if (!h->cpu)
		return false;
	h->v.skb = (__u64)skb;
	h->v.head = (__u64)RD(btf, skb, head);
	head = h->v.head;
	ref = bpf_map_lookup_elem(&skbs, &h->v.skb);
	t = bpf_map_lookup_elem(&tracks, &head);
	if (!t && ref) { /* the buffer was exchanged since it was last seen */
		head = ref->head;
		t = bpf_map_lookup_elem(&tracks, &head);
		if (t && t->id != ref->id)
			t = NULL;
	}
	if (!t && !h->cpu->adopt.armed)
		return false;
	/* in a socket's queue the place of skb->dev holds something else, which reads as no device
	 */
	view_read(&h->v, skb, false, !t || t->stage != STAGE_SOCK, btf);
	h->s = scratch_get(h->cpu);
	if (!h->s)
		return false;
	h->ts_ns = bpf_ktime_get_ns();
	h->flags = 0;
	h->parent = 0;
	h->t = NULL;
	if (!t || !ref || ref->id != t->id || head != h->v.head) {
		/* an sk_buff not seen before: a clone, a copy, or an address used again */
		if (!read_headers(h->s, &h->v, &h->h))
			goto no;
		if (t && t->sig != h->h.sig && !still_inside(h->s, &h->v, t))
			goto no;
		if (!t) {
			if (!adopt(h))
				goto no;
			h->flags |= WB_EV_ADOPTED;
			head = h->v.head;
			t = bpf_map_lookup_elem(&tracks, &head);
			if (!t)
				goto no;
		}
	}
	h->id = t->id;
	h->netns = h->v.netns ? h->v.netns : t->netns;
	h->ifindex = h->v.netns ? h->v.ifindex : t->ifindex;
	if (BPF_CORE_READ_BITFIELD_PROBED(skb, cloned)) {
		struct skb_shared_info *si = (void *)(h->v.head + RD(btf, skb, end));

		last = (BPF_CORE_READ(si, dataref.counter) & 0xffff) <= 1;
	}
	bpf_map_delete_elem(&skbs, &h->v.skb);
	if (last) {
		h->flags |= WB_EV_LAST;
		if (cfg.flags & WB_CFG_COUNT && !adoptable)
			h->cpu->ended = *t;
		if (adoptable)
			arm(h, t, head);
		else
			forget(head);
	} else {
		h->t = t;
	}
	if (h->cpu->cur_skb == h->v.skb)
		h->cpu->cur_skb = 0;
	return true;
no:
	scratch_put(h->cpu);
	return false;
}

#endif
