/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hashes of a packet's headers: by what it is known again, and by what packets are alike. What is
 * concluded from them is in identity.bpf.h and count.bpf.h.
 */
#ifndef WAYBILL_HASH_BPF_H
#define WAYBILL_HASH_BPF_H

#include "maps.bpf.h"
#include <bpf/bpf_endian.h>

#define IPPROTO_FRAGMENT 44 /* the IPv6 header of a fragment */
#define PORT_NAT_T	 bpf_htons(4500) /* ESP in UDP, and who negotiates it */

static __always_inline __u64 mix(__u64 h, __u64 x)
{
	h ^= x;
	h *= 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 29);
}

/* How long the packet is whose header this is; more than any if the header doesn't say. */
#define LENGTH_UNKNOWN 0xffff

static __always_inline __u32 length_of(const __u8 *hdr)
{
	__u32 n = bpf_ntohs(*(const __be16 *)(hdr + (hdr[0] >> 4 == 6 ? 4 : 2)));

	return n ? n + (hdr[0] >> 4 == 6 ? 40 : 0) : LENGTH_UNKNOWN;
}

/* hdr: HDR_MAX bytes from the network header on. */
static __always_inline void hash_headers(const __u8 *hdr, __u16 eth, struct hashes *ret)
{
	__u64 sig, tuple, sender, target, kind;
	__u32 proto, l4;

	ret->is_fragment = 0;
	ret->is_sealed = 0;
	ret->frag = 0;
	if ((hdr[0] >> 4) == 4 && (eth == ETH_P_IP || !eth)) {
		const struct iphdr *ip = (const void *)hdr;

		proto = ip->protocol;
		kind = proto;
		l4 = (hdr[0] & 15) * 4;
		tuple = mix(ip->saddr, (__u64)ip->daddr << 32 | proto);
		sender = ip->saddr;
		target = ip->daddr;
		sig = mix(ip->id, (__u64)ip->tot_len << 16 | proto);
		if (ip->frag_off & bpf_htons(0x3fff)) {
			ret->is_fragment = 1;
			sig = mix(sig, ip->frag_off);
		}
		ret->frag = mix(tuple, ip->id) | 1;
		if (ip->frag_off & bpf_htons(0x1fff))
			goto done; /* no transport header in here */
	} else if ((hdr[0] >> 4) == 6 && (eth == ETH_P_IPV6 || !eth)) {
		const __u64 *q = (const void *)hdr;

		proto = hdr[6];
		kind = proto;
		l4 = 40;
		tuple = mix(mix(q[1], q[2]), mix(q[3], q[4]) ^ proto);
		sender = mix(q[1], q[2]);
		target = mix(q[3], q[4]);
		sig = mix(q[0] & 0x00ffffffffffffffULL, proto); /* all but the hop limit */
		/* before it is cut it has no identification */
		ret->frag = mix(mix(q[1], q[2]), mix(q[3], q[4])) | 1;
		if (proto == IPPROTO_FRAGMENT) {
			ret->is_fragment = 1;
			sig = mix(sig, q[5]); /* offset and identification */
		}
	} else {
		const __u64 *q = (const void *)hdr;

		tuple = mix(mix(q[0], q[1]), mix(q[2], q[3] & 0xffffffff));
		ret->tuple = tuple;
		ret->sig = tuple;
		kind = mix(eth, hdr[7]); /* ARP: the operation */
		for (int i = 0; i < WB_LEVELS; i++)
			ret->group[i] = kind;
		return;
	}
	if (l4 > HDR_MAX - 14)
		goto done;
	if (proto == IPPROTO_TCP) {
		tuple = mix(tuple, *(const __u32 *)(hdr + l4));
		sig = mix(sig, *(const __u32 *)(hdr + l4 + 4));
		sig = mix(sig, *(const __u32 *)(hdr + l4 + 8));
		target = mix(target, *(const __u16 *)(hdr + l4 + 2));
		kind |= (hdr[l4 + 13] & 0x17) << 8;
	} else if (proto == IPPROTO_UDP || proto == IPPROTO_SCTP || proto == IPPROTO_UDPLITE) {
		tuple = mix(tuple, *(const __u32 *)(hdr + l4));
		target = mix(target, *(const __u16 *)(hdr + l4 + 2));
		if (proto == IPPROTO_UDP && (*(const __u16 *)(hdr + l4) == PORT_NAT_T ||
					     *(const __u16 *)(hdr + l4 + 2) == PORT_NAT_T))
			ret->is_sealed = 1;
	} else if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) {
		sig = mix(sig, *(const __u16 *)(hdr + l4 + 6)); /* echo: the sequence */
		kind |= *(const __u16 *)(hdr + l4) << 8;
	}
done:
	if (proto == IPPROTO_ESP || proto == IPPROTO_AH)
		ret->is_sealed = 1;
	ret->tuple = tuple;
	ret->sig = sig ^ (sig >> 32);
	if (!(cfg.flags & WB_CFG_COUNT))
		return;
	ret->group[WB_LEVEL_TARGETS] = mix(kind, eth);
	ret->group[WB_LEVEL_SENDERS] = mix(target, kind);
	ret->group[WB_LEVEL_ALIKE] = mix(mix(target, kind), sender);
}

/*
 * What follows is verified once a program: global functions, see parse_packet().
 *
 * hash_headers() of the headers in the scratch, into the scratch. 0.
 */
int hash_now(__u32 eth);

/*
 * Do the bytes where the network header was (old: its offset << 32, and the signature) still carry
 * that signature? They must be part of the packet that the scratch has the headers of, or it of
 * theirs: else they were left by one that had this buffer before. where: the offset of its network
 * header, << 16 of its data, << 32 of the end of the linear data.
 */
int inside(__u64 bytes, __u64 where, __u64 old);

#endif
