/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel sends because of the packet that a CPU works on: an ICMP error or a reset, the
 * question for the next hop's link address, and the answer to such a question. It belongs to that
 * packet's story, whether the filter matches it or not.
 */
#ifndef WAYBILL_CAUSED_BPF_H
#define WAYBILL_CAUSED_BPF_H

#include "wanted.bpf.h"

/*
 * Was the packet that the current scratch is about, nowhere seen before, sent because of the CPU's
 * current one? bytes: the address of its network header. enum wb_link_how, 0: no. A global
 * function: see parse_packet().
 */
__u32 caused_by_current(__u64 bytes, __u32 eth);

/* May a journey begin with this packet, of which nothing is known? */
static __always_inline bool begins(struct hit *h, __u8 stage)
{
	__u32 zero = 0, caused = 0;
	bool matches;
	__u64 *n;

	n = bpf_map_lookup_elem(&looked, &zero);
	if (n)
		(*n)++;
	matches = wanted(h);
	if (!(cfg.flags & WB_CFG_COUNT) && stage == STAGE_OUT && h->cpu->cur_id &&
	    netns_wanted(h->v.netns))
		caused = caused_by_current(h->v.bytes + h->v.net, h->v.eth);
	h->link = caused;
	h->unasked = !matches;
	return matches || caused;
}

#endif
