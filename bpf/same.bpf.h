/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet that is known, although its signature is another: what the stack may have changed.
 * What tunnels and IPsec make of one is in wrapped.bpf.h, who asks in identity.bpf.h.
 */
#ifndef WAYBILL_SAME_BPF_H
#define WAYBILL_SAME_BPF_H

#include "current.bpf.h"

enum same {
	SAME_UNKNOWN, /* nothing of this kind */
	SAME_PACKET,
	SAME_CHANGED, /* and its headers are to be told anew */
	SAME_COPIED,  /* if its sk_buff is a copy's */
};

/*
 * Is the packet whose hashes are in the scratch, in this sk_buff and namespace, the one of the
 * entry under key? how: SAME_SENT, and its stage << 8. Returns enum same. A global function: see
 * parse_packet().
 */
#define SAME_SENT 1 /* here a local send begins */
int same_otherwise(__u64 key, __u64 skb, __u32 netns, __u32 how);

#endif
