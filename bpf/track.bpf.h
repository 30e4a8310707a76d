/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of known packets: a packet at a probe, and its entries in and out. Which entry a packet
 * is, identity.bpf.h says.
 */
#ifndef WAYBILL_TRACK_BPF_H
#define WAYBILL_TRACK_BPF_H

#include "hash.bpf.h"
#include "packet.bpf.h"

#define RUN_NS 10000000 /* a CPU may be with one packet that long, with probes on its way */

struct hit { /* a traced packet at a probe */
	struct view v;
	struct hashes h;
	struct cpu_ctx *cpu;
	struct scratch *s;
	__u64 key; /* of its entry in tracks */
	__u64 ts_ns;
	__u64 id;
	__u64 parent; /* not 0: this packet is a part of that one */
	__u32 ifindex;
	__u32 netns;
	__u8 flags; /* WB_EV_* */
	__u8 link;  /* enum wb_link_how, with parent */
	__u8 copy;  /* counting: not the sk_buff that was seen first */
	__u8 copied; /* at its end: as in struct wb_drop_body, and the next */
	__u8 shared;
	__u8 unasked; /* new, and not what the filter asks for, but a part of such a one's story */
	__u8 pad[2];
	__u64 path;	 /* counting: the event's id */
	struct track *t; /* NULL: to be looked up if it is needed */
};

/* The entry that this sk_buff has elsewhere than under its buffer's address. */
static __always_inline struct track *track_by_skb(const struct view *v)
{
	struct skb_ref *ref = bpf_map_lookup_elem(&skbs, &v->skb);
	struct track *t;

	if (!ref || ref->key == v->head)
		return NULL;
	t = bpf_map_lookup_elem(&tracks, &ref->key);
	return t && t->id == ref->id ? t : NULL;
}

static __always_inline bool insert(__u64 key, __u64 skb, const struct track *t)
{
	struct skb_ref ref = {.key = key, .id = t->id};

	if (bpf_map_update_elem(&tracks, &key, t, BPF_ANY)) {
		lose(WB_LOSS_TRACK_FULL);
		return false;
	}
	if (bpf_map_update_elem(&skbs, &skb, &ref, BPF_ANY))
		lose(WB_LOSS_TRACK_FULL);
	return true;
}

static __always_inline bool forget(__u64 key)
{
	if (bpf_map_delete_elem(&tracks, &key))
		return false;
	__sync_fetch_and_add(&live, -1);
	return true;
}

static __always_inline void new_track(struct hit *h, struct track *t, __u8 stage)
{
	__builtin_memset(t, 0, sizeof(*t));
	t->id = h->ts_ns << WB_ID_CPU_BITS | (bpf_get_smp_processor_id() & 0xff);
	t->skb = h->v.skb;
	t->seen_ns = h->ts_ns;
	t->tuple = h->h.tuple;
	t->sig = h->h.sig;
	t->net_off = h->v.net;
	t->ifindex = h->v.ifindex;
	t->netns = h->v.netns;
	t->stage = stage;
	t->flags = (h->h.is_sealed ? TRACK_SEALED : 0) | (h->unasked ? TRACK_UNASKED : 0);
}

/* This sk_buff's entry, by addresses alone: right after it was seen. NULL: not traced. */
static __always_inline struct track *traced(__u64 skb)
{
	__u64 head = (__u64)BPF_CORE_READ((struct sk_buff *)skb, head), key = COPY_KEY(skb);
	struct track *t = bpf_map_lookup_elem(&tracks, &head);

	if (t && t->skb == skb)
		return t;
	t = bpf_map_lookup_elem(&tracks, &key);
	return t && t->head == head ? t : NULL;
}

static __always_inline __u64 traced_id(__u64 skb)
{
	struct track *t = traced(skb);

	return t ? t->id : 0;
}

#endif
