/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting drops alone, with WB_CFG_DROPS or while `resting`: kfree_skb is the only probe, no
 * packet is followed, and what is told of a drop is what the sk_buff says at its end. This is for
 * loads at which following each packet costs more than the packet itself, so the common case, a
 * drop like many before on this CPU, takes no map look-up but that of an array.
 */
#ifndef WAYBILL_DROP_BPF_H
#define WAYBILL_DROP_BPF_H

#include "end.bpf.h"
#include "event.bpf.h"

#define FRAME_MAX  1600 /* who is longer may be several packets in one */
#define DROP_FIRST 8ULL /* set in the number of the path before a drop */

/* group: as count_group() has it. */
static __always_inline __u64 drop_path(__u64 place, __u64 group)
{
	return path_number(mix(place, group) & ~DROP_FIRST, group);
}

static __always_inline struct wb_slot *drop_slot(__u64 path)
{
	__u32 i = (path >> 8) & (WB_SLOTS - 1);

	return bpf_map_lookup_elem(&slots, &i);
}

/* Whoever interrupts this probe leaves the slots alone, so these sums need no atomic. */
static __always_inline void slot_add(struct wb_slot *slot, __u32 segments, __u32 len)
{
	slot->sums.packets++;
	slot->sums.segments += segments;
	slot->sums.bytes += len;
}

static __always_inline void drop_add(struct hit *h, struct wb_slot *slot, __u64 path)
{
	struct track *t = &h->s->track;

	if (slot && h->cpu->depth == 1) {
		if (!slot->path)
			slot->path = path;
		if (slot->path == path) {
			slot_add(slot, t->segments, t->len);
			return;
		}
	}
	sums_add(path, t, 1);
}

static __always_inline __u64 drop_place(const struct wb_drop_body *body, __u32 ifindex, __u32 netns)
{
	return mix(mix(body->location, body->reason | (__u64)ifindex << 32), netns);
}

/*
 * The first of its kind: where it came in, as far as the sk_buff knows, and the drop. False: that
 * was lost, and the next has to be told again.
 */
static __noinline bool drop_tell(struct hit *h, __u64 path, const struct wb_drop_body *from,
				 __u32 iif)
{
	/* the filter is through with it; on the stack the socket is a pointer, not to be copied */
	struct wb_drop_body *body = (void *)h->s->window.data;

	*(volatile __u64 *)&body->location = from->location;
	*(volatile __u32 *)&body->reason = from->reason;
	*(volatile __u64 *)&body->sk = from->sk;
	body->mark = 0;
	*(volatile __u64 *)&body->copied = *(const __u64 *)&from->copied;
	h->id = path;
	h->ts_ns = bpf_ktime_get_ns();
	h->netns = h->v.netns;
	h->copy = 0;
	h->parent = 0;
	h->flags = WB_EV_FIRST | WB_EV_PACKET;
	if (iif) {
		h->path = path | DROP_FIRST;
		h->ifindex = iif;
		emit_step(h, WB_PROBE_TP_netif_receive_skb, WB_EV_ALONE, 0);
		h->parent = h->path;
		h->link = WB_LINK_PATH;
	}
	h->path = path;
	h->ifindex = h->v.ifindex ? h->v.ifindex : iif;
	emit(h, WB_KIND_DROP, WB_PROBE_TP_kfree_skb, WB_EV_LAST | WB_EV_ALONE, body, sizeof(*body));
	return bpf_map_lookup_elem(&paths, &path) != NULL;
}

/*
 * The path of packets like this one, if it has a place on this CPU, at the first level that has.
 * What has its own path, but no place here, may be added to one of which less is said: true of it,
 * too.
 */
static __always_inline struct wb_slot *drop_known(__u64 place, const struct hashes *h)
{
#pragma unroll
	for (__u32 level = 0; level < WB_LEVELS; level++) {
		__u64 path = drop_path(place, group_number(h->group[level], level));
		struct wb_slot *slot = drop_slot(path);

		if (slot && slot->path == path)
			return slot;
	}
	return NULL;
}

/* A path that has no place on this CPU yet. */
static __noinline __u64 drop_note(struct hit *h, __u64 place, bool *told)
{
	__u64 path = drop_path(place, count_group(h->h.group, 0, h->v.eth));

	*told = count_note(path) != PATH_NEW;
	return path;
}

static __always_inline int drop_any(struct sk_buff *skb, struct wb_drop_body *body)
{
	struct sock *sk = (void *)body->sk;
	struct wb_slot *slot;
	bool told = true;
	__u64 place, path;
	struct hit h;

	h.cpu = cpu_ctx();
	if (!h.cpu)
		return 0;
	/* where the place of skb->dev holds something else, that reads as no device */
	view_read(&h.v, skb, false, true, true);
	if (!h.v.eth) /* of a socket that is none of the network's */
		return 0;
	if (!h.v.netns && sk)
		h.v.netns = net_inum(BPF_CORE_READ(sk, __sk_common.skc_net.net), false);
	h.v.net = net_offset(h.v.mac, h.v.net);
	h.s = scratch_get(h.cpu);
	if (!h.s)
		return 0;
	if (!wanted(&h) || !read_headers(h.s, &h.v, &h.h))
		goto out;
	h.s->track.len = h.v.len;
	h.s->track.segments = h.v.len > FRAME_MAX ? segments_of(&h.v) : 1;
	place = drop_place(body, h.v.ifindex, h.v.netns);
	slot = drop_known(place, &h.h);
	if (slot) {
		path = slot->path;
	} else {
		path = drop_note(&h, place, &told);
		slot = drop_slot(path);
	}
	if (!told && !drop_tell(&h, path, body, skb->skb_iif))
		slot = NULL;
	drop_add(&h, slot, path);
out:
	scratch_put(h.cpu);
	return 0;
}

#define V4_HEADERS 40 /* IPv4 and TCP, without options */

/*
 * The common case: IPv4, every packet wanted, and one like many before on this CPU. Reads only what
 * that takes. False: it is not so, or not known to be.
 */
static __always_inline bool drop_again(struct sk_buff *skb, const struct wb_drop_body *body)
{
	struct net_device *dev = skb->dev;
	__u32 len = skb->len, netns;
	struct hashes hashes; /* most of them are not asked for, so not computed */
	struct wb_slot *slot = NULL;
	struct cpu_ctx *c;
	struct scratch *s;
	__u16 net;

	if (!(cfg.flags & WB_CFG_MATCH_ALL) || cfg.ifnames[0][0])
		return false;
	c = cpu_ctx();
	if (!c || c->depth || skb->protocol != bpf_htons(ETH_P_IP) || len > FRAME_MAX ||
	    !is_address((__u64)dev))
		return false;
	netns = net_inum(dev->nd_net.net, true);
	s = netns_wanted(netns) ? scratch_get(c) : NULL;
	if (!s)
		return false;
	net = net_offset(skb->mac_header, skb->network_header);
	if (bpf_probe_read_kernel(s->hdr, V4_HEADERS, skb->head + net) || s->hdr[0] != 0x45)
		goto out;
	hash_headers(s->hdr, ETH_P_IP, &hashes);
	slot = drop_known(drop_place(body, dev->ifindex, netns), &hashes);
	if (slot)
		slot_add(slot, 1, len);
out:
	scratch_put(c);
	return slot;
}

static __always_inline int drop_count(struct sk_buff *skb, struct wb_drop_body *body)
{
	return drop_again(skb, body) ? 0 : drop_any(skb, body);
}

#endif
