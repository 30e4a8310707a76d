/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet's headers say, as an event tells it. Where they are, packet.bpf.h knows. */
#include "packet.bpf.h"

/* Transport header: ports, flags, type. p->proto is known. */
static __always_inline void parse_l4(struct wb_packet *p, const __u8 *l4, __u32 above)
{
	switch (p->proto) {
	case IPPROTO_TCP: {
		__u32 doff = (l4[12] >> 4) * 4;

		p->tcp_seq = bpf_ntohl(*(const __u32 *)(l4 + 4));
		p->tcp_ack = bpf_ntohl(*(const __u32 *)(l4 + 8));
		p->tcp_flags = l4[13];
		p->tcp_window = bpf_ntohs(*(const __u16 *)(l4 + 14));
		p->payload = above > doff ? above - doff : 0;
		break;
	}
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		p->payload = above > 8 ? above - 8 : 0;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		p->icmp_type = l4[0];
		p->icmp_code = l4[1];
		p->sport = bpf_ntohs(*(const __u16 *)(l4 + 4));
		p->dport = bpf_ntohs(*(const __u16 *)(l4 + 6));
		p->payload = above > 8 ? above - 8 : 0;
		return;
	case IPPROTO_SCTP:
		p->payload = above > 12 ? above - 12 : 0;
		break;
	default:
		p->payload = above;
		return;
	}
	p->sport = bpf_ntohs(*(const __u16 *)l4);
	p->dport = bpf_ntohs(*(const __u16 *)(l4 + 2));
}

/* The length that the header claims; a local send's first station has none yet, nor has BIG TCP. */
static __always_inline __u16 claimed(__u32 header, __u32 len)
{
	__u32 n = header ? header : len;

	return n < 0xffff ? n : 0xffff;
}

static __always_inline void parse_v4(struct wb_packet *p, const __u8 *hdr, __u64 at, __u32 len)
{
	const struct iphdr *ip = (const void *)hdr;
	__u32 ihl = (hdr[0] & 15) * 4;
	__u8 l4[16];

	p->family = 4;
	p->proto = ip->protocol;
	p->ttl = ip->ttl;
	p->tos = ip->tos;
	p->ip_id = bpf_ntohs(ip->id);
	p->frag_off = bpf_ntohs(ip->frag_off);
	p->ip_len = claimed(bpf_ntohs(ip->tot_len), len);
	*(__u32 *)p->saddr = ip->saddr;
	*(__u32 *)p->daddr = ip->daddr;
	p->payload = p->ip_len > ihl ? p->ip_len - ihl : 0;
	if (p->frag_off & 0x1fff)
		return;
	if (bpf_probe_read_kernel(l4, sizeof(l4), (const void *)(at + ihl)))
		return;
	parse_l4(p, l4, p->payload);
}

#define IPV6_EXT_MAX 6

static __always_inline void parse_v6(struct wb_packet *p, const __u8 *hdr, __u64 at, __u32 len)
{
	const struct ipv6hdr *ip = (const void *)hdr;
	__u32 all = claimed(ip->payload_len ? bpf_ntohs(ip->payload_len) + 40 : 0, len);
	__u32 off = 40, left = all > 40 ? all - 40 : 0;
	__u8 next = ip->nexthdr, l4[16];

	p->family = 6;
	p->ttl = ip->hop_limit;
	p->tos = (hdr[0] & 15) << 4 | hdr[1] >> 4;
	p->ip_id = (hdr[1] & 15) << 16 | hdr[2] << 8 | hdr[3];
	p->ip_len = all;
	__builtin_memcpy(p->saddr, hdr + 8, 16);
	__builtin_memcpy(p->daddr, hdr + 24, 16);
#pragma unroll
	for (int i = 0; i < IPV6_EXT_MAX; i++) {
		__u8 ext[8];
		__u32 n;

		/* hop-by-hop, routing, fragment, destination options */
		if (next != 0 && next != 43 && next != 44 && next != 60)
			break;
		if (bpf_probe_read_kernel(ext, sizeof(ext), (const void *)(at + off)))
			break;
		n = next == 44 ? 8 : (ext[1] + 1) * 8;
		if (next == 44)
			p->frag_off = bpf_ntohs(*(__u16 *)(ext + 2));
		next = ext[0];
		off += n;
		left = left > n ? left - n : 0;
	}
	FORGET(next);
	FORGET(left);
	FORGET(off);
	p->proto = next;
	p->payload = left;
	if (p->frag_off & 0xfff8)
		return;
	if (bpf_probe_read_kernel(l4, sizeof(l4), (const void *)(at + off)))
		return;
	parse_l4(p, l4, left);
}

__noinline int parse_packet(__u32 len, __u64 where)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	__u16 eth = where;
	struct wb_packet *p;
	const __u8 *hdr;

	if (!s)
		return 0;
	p = (void *)(s->event + sizeof(struct wb_event));
	hdr = s->hdr;
	__builtin_memset(p, 0, sizeof(*p));
	p->segments = where >> 48;
	p->ethertype = eth;
	p->vlan = where >> 16;
	p->l2_len = where >> 32;
	if ((hdr[0] >> 4) == 4 && eth == ETH_P_IP) {
		parse_v4(p, hdr, s->net, len);
	} else if ((hdr[0] >> 4) == 6 && eth == ETH_P_IPV6) {
		parse_v6(p, hdr, s->net, len);
	} else if (eth == ETH_P_MPLS_UC || eth == ETH_P_MPLS_MC) {
		p->ip_id = bpf_ntohl(*(const __u32 *)hdr);
		p->ttl = hdr[3];
	} else if (eth == ETH_P_ARP) {
		p->proto = hdr[7]; /* operation; the addresses are those of Ethernet and IPv4 ARP */
		__builtin_memcpy(p->saddr, hdr + 14, 4);
		__builtin_memcpy(p->daddr, hdr + 24, 4);
	}
	return 0;
}
