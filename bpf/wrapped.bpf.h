/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What IPsec or a tunnel's device makes of a packet that is known, when and where it likes
 * (WireGuard: in a worker, on another CPU): the same sk_buff, with other content. Whose it is
 * otherwise, identity.bpf.h says.
 */
#ifndef WAYBILL_WRAPPED_BPF_H
#define WAYBILL_WRAPPED_BPF_H

#include "track.bpf.h"

/*
 * Is the sk_buff, at the device of this index (0: at none yet) in this namespace, what became of
 * the packet that was seen in it last? sent: here a local send begins. A global function: see
 * parse_packet().
 */
int wrapped(__u64 skb, __u64 ifindex, __u32 netns, __u32 sent);

/* The packet in h, which doesn't look like the one that is known. */
static __always_inline bool is_wrapped(const struct hit *h, __u8 stage, bool sent)
{
	const __u8 *hdr = h->s->hdr;
	__u8 proto = h->v.eth == ETH_P_IPV6 ? hdr[6] : hdr[9];

	if (stage != STAGE_OUT || h->h.is_fragment)
		return false;
	if (h->h.is_sealed) /* before IPsec it was on its way to no device yet */
		return wrapped(plain_address(h->cpu, h->v.skb), 0, h->v.netns, sent);
	return proto == IPPROTO_UDP && h->v.ifindex &&
	       wrapped(plain_address(h->cpu, h->v.skb), h->v.ifindex, h->v.netns, sent);
}

#endif
