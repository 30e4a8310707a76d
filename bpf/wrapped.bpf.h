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
 * Is the packet whose headers and hashes are in the scratch what became of the one that was seen
 * last in its sk_buff? ifindex: of its device, 0: none yet. how: WRAPPED_*. A global function: see
 * parse_packet().
 */
#define WRAPPED_SENT 0x01 /* here a local send begins */
#define WRAPPED_OUT  0x02 /* it is on its way out */
#define WRAPPED_IPV6 0x04
int wrapped(__u64 skb, __u32 ifindex, __u32 netns, __u32 how);

/* The packet in h, which doesn't look like the one that is known. */
static __always_inline bool is_wrapped(const struct hit *h, __u8 stage, bool sent)
{
	return wrapped(plain_address(h->cpu, h->v.skb), h->v.ifindex, h->v.netns,
		       (sent ? WRAPPED_SENT : 0) | (stage == STAGE_OUT ? WRAPPED_OUT : 0) |
			       (h->v.eth == ETH_P_IPV6 ? WRAPPED_IPV6 : 0));
}

#endif
