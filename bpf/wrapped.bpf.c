/* SPDX-License-Identifier: GPL-2.0-only */
/* See wrapped.bpf.h. */
#include "wrapped.bpf.h"

/*
 * The packet is where it was seen last, on its way out. There nobody frees unseen but drivers, and
 * behind those no packet is sent that has a device already.
 */
static __always_inline bool was_there(__u64 skb, __u32 ifindex, __u32 netns, bool sent)
{
	struct skb_ref *ref = bpf_map_lookup_elem(&skbs, &skb);
	struct track *t;

	if (!ref)
		return false;
	t = bpf_map_lookup_elem(&tracks, &ref->key);
	if (!t || t->id != ref->id || t->skb != skb || (ifindex && t->ifindex != ifindex) ||
	    t->netns != netns || t->flags & TRACK_FREED)
		return false;
	return t->stage == STAGE_OUT || (t->stage == STAGE_TX && sent && ifindex);
}

__noinline int wrapped(__u64 skb, __u32 ifindex, __u32 netns, __u32 how)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;

	if (!s || !(how & WRAPPED_OUT) || s->hashes.is_fragment)
		return 0;
	if (s->hashes.is_sealed) /* before IPsec it was on its way to no device yet */
		ifindex = 0;
	else if (!ifindex || s->hdr[how & WRAPPED_IPV6 ? 6 : 9] != IPPROTO_UDP)
		return 0;
	return was_there(skb, ifindex, netns, how & WRAPPED_SENT);
}
