/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading an sk_buff and its headers: where they are and what they say. Hashes of them are in
 * hash.bpf.h, whether the packet is a traced one is in identity.bpf.h.
 */
#ifndef WAYBILL_PACKET_BPF_H
#define WAYBILL_PACKET_BPF_H

#include "maps.bpf.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

/*
 * Typed pointers (tp_btf, fentry, netfilter) are read directly, plain ones (kprobe) by a helper.
 * btf is a constant everywhere, so one branch is gone after inlining.
 */
#define RD(btf, ptr, field)                                                                        \
	({                                                                                         \
		typeof((ptr)->field) __v;                                                          \
		if (btf)                                                                           \
			__v = (ptr)->field;                                                        \
		else                                                                               \
			__v = BPF_CORE_READ(ptr, field);                                           \
		__v;                                                                               \
	})

struct view { /* where an sk_buff's headers are, read once */
	__u64 skb;
	__u64 head;
	__u64 dev;    /* struct net_device, 0 none */
	__u64 bytes;  /* where offset 0 of what can be read is: head, or a copy; see flat.bpf.h */
	__u32 len;
	__u32 linear; /* bytes from there on that can be read at once */
	__u32 ifindex;
	__u32 netns;
	__u16 data; /* offsets from head */
	__u16 net;
	__u16 mac;	  /* 0xffff: none */
	__u16 eth;	  /* ethertype, host order */
	__u16 vlan;	  /* tag control of a tag that is kept beside the packet */
	__be16 vlan_type; /* of such a tag, 0: none */
	__u8 partial;	  /* the headers are not there as a whole: nothing is concluded from them */
};

static __always_inline __u32 net_inum(struct net *net, const bool btf)
{
	return net ? RD(btf, net, ns.inum) : 0;
}

/* A VLAN tag that the device or a VLAN interface took out of the packet, or will put in. */
static __always_inline void vlan_read(struct view *v, struct sk_buff *skb, const bool btf)
{
	struct sk_buff___vlan_present *old = (void *)skb;

	v->vlan = 0;
	v->vlan_type = RD(btf, skb, vlan_proto);
	if (bpf_core_field_exists(old->vlan_present) &&
	    !(btf ? BPF_CORE_READ_BITFIELD(old, vlan_present)
		  : BPF_CORE_READ_BITFIELD_PROBED(old, vlan_present)))
		v->vlan_type = 0;
	if (v->vlan_type)
		v->vlan = RD(btf, skb, vlan_tci);
}

/*
 * In a queue UDP keeps lengths and flags in the place of skb->dev, and the kernel does not put it
 * back. A typed load from there reads as 0, too, but by way of a fault, which costs more than all
 * the rest of a probe. The kernel's addresses have all high bits set on x86-64, those have not.
 */
static __always_inline bool is_address(__u64 dev)
{
	return (__s64)dev >> 56 == -1;
}

/* Where the network header begins, also before the stack has set it: XDP on a veth drops there. */
static __always_inline __u16 net_offset(__u16 mac, __u16 net)
{
	return mac != 0xffff && net <= mac ? mac + sizeof(struct ethhdr) : net;
}

/* at_data: the network header is not set yet, it begins at skb->data (receive side). */
static __always_inline void view_read(struct view *v, struct sk_buff *skb, const bool at_data,
				      const bool with_dev, const bool btf)
{
	struct net_device *dev;

	v->skb = (__u64)skb;
	v->head = (__u64)RD(btf, skb, head);
	v->bytes = v->head;
	v->len = RD(btf, skb, len);
	v->mac = RD(btf, skb, mac_header);
	v->eth = bpf_ntohs(RD(btf, skb, protocol));
	v->linear = RD(btf, skb, tail);
	v->data = (__u64)RD(btf, skb, data) - v->head;
	v->net = at_data ? v->data : RD(btf, skb, network_header);
	v->partial = 0;
	v->ifindex = 0;
	v->netns = 0;
	v->dev = 0;
	vlan_read(v, skb, btf);
	if (!with_dev)
		return;
	dev = RD(btf, skb, dev);
	v->dev = (__u64)dev;
	if (is_address(v->dev)) {
		struct net *net = RD(btf, dev, nd_net.net);

		v->ifindex = RD(btf, dev, ifindex);
		v->netns = net_inum(net, btf);
	} else if (!dev) {
		struct sock *sk = RD(btf, skb, sk);

		if (sk)
			v->netns = net_inum(RD(btf, sk, __sk_common.skc_net.net), btf);
	}
}

#define MACS_LEN 12 /* both Ethernet addresses, what stands in front of a VLAN tag */
#define TAG_LEN	 4

/* The window of a frame with its VLAN tag put back where it was, or will be, on the wire. */
static __always_inline bool window_fill_tagged(struct wb_window *w, const struct view *v, __u32 n)
{
	const void *frame = (const void *)(v->bytes + v->mac);

	if (n < MACS_LEN)
		return false;
	n -= MACS_LEN;
	if (n > WB_WINDOW_MAX - MACS_LEN - TAG_LEN)
		n = WB_WINDOW_MAX - MACS_LEN - TAG_LEN;
	w->len += TAG_LEN;
	w->cap = n + MACS_LEN + TAG_LEN;
	*(__be16 *)(w->data + MACS_LEN) = v->vlan_type;
	*(__be16 *)(w->data + MACS_LEN + 2) = bpf_htons(v->vlan);
	return !bpf_probe_read_kernel(w->data, MACS_LEN, frame) &&
	       !bpf_probe_read_kernel(w->data + MACS_LEN + TAG_LEN, n, frame + MACS_LEN);
}

/*
 * Fills the window that the filter expression looks at: the packet from its MAC header (l2) or its
 * network header on. For an expression that asks for VLAN tags, one that is kept beside the packet
 * is put back.
 */
static __always_inline bool window_fill(struct wb_window *w, const struct view *v, const bool l2)
{
	__u16 from = l2 ? v->mac : v->net;
	__u32 n = v->linear > from ? v->linear - from : 0;
	bool ok;

	w->len = v->len + v->data - from;
	if (n > cfg.window)
		n = cfg.window;
	if (n > WB_WINDOW_MAX)
		n = WB_WINDOW_MAX;
	w->cap = n;
	if (l2 && v->vlan_type && (cfg.flags & WB_CFG_VLAN))
		ok = window_fill_tagged(w, v, n);
	else
		ok = !bpf_probe_read_kernel(w->data, n, (const void *)(v->bytes + from));
	if (!ok)
		lose(WB_LOSS_UNREADABLE);
	return ok;
}

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
static __always_inline __u16 claimed(__u32 header, const struct view *v)
{
	__u32 n = header ? header : v->len + v->data - v->net;

	return n < 0xffff ? n : 0xffff;
}

static __always_inline void parse_v4(struct wb_packet *p, const __u8 *hdr, const struct view *v)
{
	const struct iphdr *ip = (const void *)hdr;
	__u32 ihl = (hdr[0] & 15) * 4;
	__u64 at = v->bytes + v->net;
	__u8 l4[16];

	p->family = 4;
	p->proto = ip->protocol;
	p->ttl = ip->ttl;
	p->tos = ip->tos;
	p->ip_id = bpf_ntohs(ip->id);
	p->frag_off = bpf_ntohs(ip->frag_off);
	p->ip_len = claimed(bpf_ntohs(ip->tot_len), v);
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

static __always_inline void parse_v6(struct wb_packet *p, const __u8 *hdr, const struct view *v)
{
	const struct ipv6hdr *ip = (const void *)hdr;
	__u32 all = claimed(ip->payload_len ? bpf_ntohs(ip->payload_len) + 40 : 0, v);
	__u32 off = 40, left = all > 40 ? all - 40 : 0;
	__u64 at = v->bytes + v->net;
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
	p->proto = next;
	p->payload = left;
	if (p->frag_off & 0xfff8)
		return;
	if (bpf_probe_read_kernel(l4, sizeof(l4), (const void *)(at + off)))
		return;
	parse_l4(p, l4, left);
}

/* How many packets on the wire this one will be, or was (GSO, GRO). */
static __always_inline __u16 segments_of(const struct view *v)
{
	const struct sk_buff *skb = (const void *)v->skb;
	const struct skb_shared_info *si = (const void *)(v->head + BPF_CORE_READ(skb, end));
	__u16 n = BPF_CORE_READ(si, gso_size) ? BPF_CORE_READ(si, gso_segs) : 1;

	return n ? n : 1;
}

static __always_inline void parse_packet(struct wb_packet *p, const struct view *v, const __u8 *hdr)
{
	__builtin_memset(p, 0, sizeof(*p));
	p->segments = segments_of(v);
	p->ethertype = v->eth;
	p->vlan = v->vlan;
	if (v->mac != 0xffff && v->mac < v->net)
		p->l2_len = v->net - v->mac;
	if ((hdr[0] >> 4) == 4 && v->eth == ETH_P_IP)
		parse_v4(p, hdr, v);
	else if ((hdr[0] >> 4) == 6 && v->eth == ETH_P_IPV6)
		parse_v6(p, hdr, v);
	else if (v->eth == ETH_P_ARP) {
		p->proto = hdr[7]; /* operation; the addresses are those of Ethernet and IPv4 ARP */
		__builtin_memcpy(p->saddr, hdr + 14, 4);
		__builtin_memcpy(p->daddr, hdr + 24, 4);
	}
}

#endif
