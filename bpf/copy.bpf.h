/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies that share a known packet's buffer: which sk_buff is one, and its entry. What a copy is,
 * identity.bpf.h says.
 */
#ifndef WAYBILL_COPY_BPF_H
#define WAYBILL_COPY_BPF_H

#include "track.bpf.h"

/*
 * The sk_buff, never seen before, has a buffer that is known. Its id, with an entry of its own
 * under COPY_KEY(), and its parent's id in the scratch, if it is a copy that goes a way of its own;
 * 0: it is the known packet itself, or there is no room. stage: enum stage; with COPY_ASKED no copy
 * is made, and 1 says that it is one. A global function: see parse_packet().
 */
#define COPY_ASKED 0x100
__u64 copy_begin(__u64 skb, __u64 head, __u64 now, __u32 stage);

/* The key of the entry that an sk_buff has as a copy on this buffer; 0: it is no known one. */
__u64 copy_key(__u64 skb, __u64 head);

/* The entry of the sk_buff in h if it is a known copy, else t, which stands under its buffer. */
static __always_inline struct track *copy_known(struct hit *h, struct track *t)
{
	__u64 key = copy_key(plain_address(h->cpu, h->v.skb), plain_address(h->cpu, h->v.head));
	struct track *copy;

	if (!key)
		return t;
	copy = bpf_map_lookup_elem(&tracks, &key);
	if (!copy)
		return t;
	h->key = key;
	return copy;
}

/* copy_begin() of the packet in h. */
static __always_inline __u64 copy_asked(const struct hit *h, __u32 stage)
{
	return copy_begin(plain_address(h->cpu, h->v.skb), plain_address(h->cpu, h->v.head),
			  h->ts_ns, stage);
}

/* The entry of the packet in h, which is t under the buffer's address unless it is a new copy. */
static __always_inline struct track *copy_or_same(struct hit *h, struct track *t, __u8 stage)
{
	struct track *copy;

	if (!copy_asked(h, stage))
		return t;
	h->key = plain_address(h->cpu, COPY_KEY(h->v.skb));
	copy = bpf_map_lookup_elem(&tracks, &h->key);
	if (!copy)
		return t;
	h->flags |= WB_EV_FIRST | WB_EV_PACKET;
	h->unasked = copy->flags & TRACK_UNASKED;
	h->parent = h->s->parent;
	h->link = WB_LINK_CLONE;
	return copy;
}

/* A copy is dropped: notes with the first of them if its MAC address is not that host's. 0. */
int copy_strayed(__u64 skb, __u64 head);

/*
 * The buffer's last user went: what stands under its address was kept for copies only, if its own
 * sk_buff is gone. 0.
 */
int copy_bury(__u64 head);

#endif
