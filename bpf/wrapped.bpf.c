/* SPDX-License-Identifier: GPL-2.0-only */
/* See wrapped.bpf.h. */
#include "wrapped.bpf.h"

/*
 * The packet is where it was seen last, on its way out. There nobody frees unseen but drivers, and
 * behind those no packet is sent that has a device already. ESP in UDP has none yet, as any
 * datagram that begins its way: so IPsec must have been seen with it, or this CPU is with it still.
 */
static __always_inline bool was_there(const struct cpu_ctx *c, __u64 skb, __u32 ifindex,
				      __u32 netns, bool sent, bool in_udp)
{
	struct skb_ref *ref = bpf_map_lookup_elem(&skbs, &skb);
	struct track *t;

	if (!ref)
		return false;
	t = bpf_map_lookup_elem(&tracks, &ref->key);
	if (!t || t->id != ref->id || t->skb != skb || (ifindex && t->ifindex != ifindex) ||
	    t->netns != netns || t->flags & TRACK_FREED)
		return false;
	if (in_udp && !ifindex && !(t->flags & TRACK_SEALED) &&
	    (c->cur_id != t->id || c->cur_skb != skb))
		return false;
	return t->stage == STAGE_OUT || (t->stage == STAGE_TX && sent && ifindex);
}

__noinline int wrapped(__u64 skb, __u32 ifindex, __u32 netns, __u32 how)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	bool in_udp;

	if (!s || !(how & WRAPPED_OUT) || s->hashes.is_fragment)
		return 0;
	in_udp = !s->hashes.is_sealed;
	if (!in_udp) /* before IPsec it was on its way to no device yet */
		ifindex = 0;
	else if (s->hdr[how & WRAPPED_IPV6 ? 6 : 9] != IPPROTO_UDP)
		return 0;
	return was_there(c, skb, ifindex, netns, how & WRAPPED_SENT, in_udp);
}
