/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers that are not in an sk_buff's linear data but in the pages beside it (packet sockets with
 * a ring, tun in NAPI mode, some drivers): they are copied into one piece, and the view looks
 * there. That needs a function of the kernel, 6.12 and later, and a typed packet; libbpf 1.1 links
 * only one object that calls it, the one with the tracepoints at devices. Elsewhere the view stays
 * partial, and nothing is concluded from what it shows.
 */
#ifndef WAYBILL_FLAT_BPF_H
#define WAYBILL_FLAT_BPF_H

#include "packet.bpf.h"

#define FLAT_SINCE WB_KERNEL(6, 12)
/* up to where a signature looks: without IPv4's options, TCP's acknowledgement */
#define V4_NEED 34
#define V6_NEED 54

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags,
			       struct bpf_dynptr *ptr) __ksym __weak;

/* Is there more of the packet than the linear data, and do the headers end there? */
static __always_inline bool is_short(const struct view *v)
{
	__u32 need = v->eth == ETH_P_IPV6 ? V6_NEED : V4_NEED;

	return v->len + v->data > v->linear && v->linear < v->net + need;
}

/*
 * flat: FLAT_ROOM + FLAT_MAX bytes. On success the view is whole. A function with a stack of its
 * own: nothing else may ever be where the verifier has seen a dynptr.
 */
static __noinline void flatten(struct view *v, __u8 *flat, struct sk_buff *skb)
{
	__u32 n = v->len, front = 0;
	struct bpf_dynptr ptr;

	if (n > FLAT_MAX)
		n = FLAT_MAX;
	if (v->mac != 0xffff && v->mac < v->data)
		front = v->data - v->mac;
	/* what begins further in front would not be in the copy */
	if (front > FLAT_ROOM || v->net + front < v->data)
		return;
	if (front && bpf_probe_read_kernel(flat, front, (const void *)(v->head + v->mac)))
		return;
	if (bpf_dynptr_from_skb((void *)skb, 0, &ptr) ||
	    bpf_dynptr_read(flat + front, n, &ptr, 0, 0))
		return;
	v->bytes = (__u64)flat + front - v->data;
	v->linear = v->data + n;
	v->partial = 0;
}

#endif
