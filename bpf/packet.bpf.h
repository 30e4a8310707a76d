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

/* Does another sk_buff use this one's buffer, too? */
static __always_inline bool shares_buffer(struct sk_buff *skb, __u64 head)
{
	struct skb_shared_info *si;

	if (!BPF_CORE_READ_BITFIELD_PROBED(skb, cloned))
		return false;
	si = (void *)(head + BPF_CORE_READ(skb, end));
	return (BPF_CORE_READ(si, dataref.counter) & 0xffff) > 1;
}

/* The EtherType of a network header that is IP; 0: it is not. */
static __always_inline __u16 eth_of(const __u8 *hdr)
{
	return hdr[0] >> 4 == 4 ? ETH_P_IP : hdr[0] >> 4 == 6 ? ETH_P_IPV6 : 0;
}

static __always_inline bool eq16(const __u8 *a, const __u8 *b)
{
	const __u32 *x = (const void *)a, *y = (const void *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3];
}

/* In words: the compiler copies what it does not know to be aligned byte by byte. */
static __always_inline void copy16(__u8 *to, const __u8 *from)
{
	__u32 *x = (void *)to;
	const __u32 *y = (const void *)from;

	x[0] = y[0];
	x[1] = y[1];
	x[2] = y[2];
	x[3] = y[3];
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
	FORGET(v->vlan);
	FORGET(v->vlan_type);
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

/*
 * Where it is. At an end the fields are read by a helper (btf false), typed or not: for each typed
 * load of a trusted pointer the verifier looks four times for a type by name, in all of the
 * kernel's, as often as it comes by there.
 */
static __always_inline void view_read_place(struct view *v, struct sk_buff *skb, const bool btf)
{
	struct net_device *dev = RD(btf, skb, dev);

	v->dev = (__u64)dev;
	if (is_address(v->dev)) {
		struct net *net = RD(btf, dev, nd_net.net);

		v->ifindex = RD(btf, dev, ifindex);
		v->netns = net_inum(net, btf);
	} else if (!dev) {
		struct sock *sk = RD(false, skb, sk); /* seldom, so by a helper */

		if (sk)
			v->netns = net_inum(RD(false, sk, __sk_common.skc_net.net), false);
	}
	FORGET(v->netns);
	FORGET(v->ifindex);
}

/* at_data: the network header is not set yet, it begins at skb->data (receive side). */
static __always_inline void view_read_headers(struct view *v, struct sk_buff *skb,
					      const bool at_data, const bool btf)
{
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
}

static __always_inline void view_read(struct view *v, struct sk_buff *skb, const bool at_data,
				      const bool with_dev, const bool btf)
{
	view_read_headers(v, skb, at_data, btf);
	if (with_dev)
		view_read_place(v, skb, btf);
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

/* How many packets on the wire this one will be, or was (GSO, GRO). An XDP frame has no sk_buff. */
static __always_inline __u16 segments_of(const struct view *v)
{
	const struct sk_buff *skb = (const void *)v->skb;
	const struct skb_shared_info *si;
	__u16 n;

	if (v->skb == v->head)
		return 1;
	si = (const void *)(v->head + BPF_CORE_READ(skb, end));
	n = BPF_CORE_READ(si, gso_size) ? BPF_CORE_READ(si, gso_segs) : 1;
	return n ? n : 1;
}

/*
 * What the headers say, for an event: len is the packet's length from its network header on, where
 * packs the rest; the current scratch has the headers and takes the answer, behind the event's own
 * header. A global function, which the verifier walks once and not once for each way that leads
 * there; so it is given numbers only, and pointers by way of the scratch. 0.
 */
int parse_packet(__u32 len, __u64 where);

#define PARSE_WHERE(eth, vlan, l2_len, segments)                                                   \
	((__u64)(eth) | (__u64)(vlan) << 16 | (__u64)(l2_len) << 32 | (__u64)(segments) << 48)

static __always_inline void parse(struct scratch *s, const struct view *v)
{
	bool l2 = v->mac != 0xffff && v->mac < v->net;

	s->net = v->bytes + v->net;
	parse_packet(v->len + v->data - v->net,
		     PARSE_WHERE(v->eth, v->vlan, l2 ? v->net - v->mac : 0, segments_of(v)));
}

#endif
