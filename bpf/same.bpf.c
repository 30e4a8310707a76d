/* SPDX-License-Identifier: GPL-2.0-only */
/* See same.bpf.h. */
#include "same.bpf.h"

/*
 * conntrack moved TCP's sequence (SYNPROXY, a helper), at the end of POSTROUTING: on the way out
 * nobody frees unseen, and no flow is received and sent in one namespace.
 */
static __always_inline bool is_moved(const struct track *t, __u32 netns, __u8 stage)
{
	return t->stage == STAGE_OUT ||
	       (t->stage == STAGE_IN && stage == STAGE_OUT && t->netns == netns);
}

__noinline int same_otherwise(__u64 key, __u64 skb, __u32 netns, __u32 how)
{
	struct track *t = bpf_map_lookup_elem(&tracks, &key);
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	__u8 stage = how >> 8;

	if (!t || !s)
		return SAME_UNKNOWN;
	if (cfg.flags & WB_CFG_COUNT && is_first_fragment(c, &s->hashes, t->id))
		return SAME_CHANGED; /* a datagram counts once */
	if (t->tuple != s->hashes.tuple)
		return SAME_UNKNOWN;
	if (t->flags & TRACK_GREW && t->skb == skb) {
		t->flags &= ~TRACK_GREW;
		return SAME_CHANGED;
	}
	if (how & SAME_SENT)
		return SAME_UNKNOWN;
	if (t->skb == skb)
		return is_moved(t, netns, stage) ? SAME_PACKET : SAME_UNKNOWN;
	/* a send got its length after its first station, and was cloned since (ip_mc_output) */
	return t->stage == STAGE_OUT && stage == STAGE_OUT && !(t->flags & TRACK_FREED)
		       ? SAME_COPIED
		       : SAME_UNKNOWN;
}
