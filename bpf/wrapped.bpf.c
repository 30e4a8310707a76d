/* SPDX-License-Identifier: GPL-2.0-only */
/* See wrapped.bpf.h. */
#include "wrapped.bpf.h"

/*
 * The packet is where it was seen last, on its way out. There nobody frees unseen but drivers, and
 * behind those no packet is sent that has a device already.
 */
__noinline int wrapped(__u64 skb, __u64 ifindex, __u32 netns, __u32 sent)
{
	struct skb_ref *ref = bpf_map_lookup_elem(&skbs, &skb);
	struct track *t;

	if (!ref)
		return 0;
	t = bpf_map_lookup_elem(&tracks, &ref->key);
	if (!t || t->id != ref->id || t->skb != skb || (ifindex && t->ifindex != ifindex) ||
	    t->netns != netns || t->flags & TRACK_FREED)
		return 0;
	return t->stage == STAGE_OUT || (t->stage == STAGE_TX && sent && ifindex);
}
