/* SPDX-License-Identifier: GPL-2.0-only */
/* See caused.bpf.h. */
#include "caused.bpf.h"
#include "current.bpf.h"

/*
 * On an emulated machine whose CPU is taken away, with probes on the way; else microseconds. What
 * answers names the packet that it is about, a question does not.
 */
#define ANSWERED_NS 100000000
#define ASKED_NS    20000000

#define ARP_OP	    6 /* offsets in an ARP packet about IPv4 */
#define ARP_TARGET  24
#define ARP_REQUEST 1
#define ARP_REPLY   2
#define ND_SOLICIT  135
#define ND_ADVERT   136
#define TCP_RST	    0x04

#define V4_LEN	 20 /* of headers: IPv4 without options, ICMP */
#define V6_LEN	 40
#define ICMP_LEN 8

enum what { NOTHING, QUESTION, ANSWER };

/* What a packet is here, and where in it the bytes are that begin the content of who caused it. */
struct sort {
	enum what what;
	__u32 about; /* from the network header on; 0: nowhere */
};

/* An error, not what somebody asked for by ICMP. */
static __always_inline bool is_icmp_error(__u8 type)
{
	return type == 3 || type == 11 || type == 12;
}

static __always_inline void of_v4(struct sort *s, const __u8 *hdr)
{
	__u32 l4 = (hdr[0] & 15) * 4;

	if (l4 > HDR_MAX - 14)
		return;
	if (hdr[9] == IPPROTO_ICMP && is_icmp_error(hdr[l4]))
		*s = (struct sort){ANSWER, l4 + ICMP_LEN + V4_LEN};
	else if (hdr[9] == IPPROTO_TCP && hdr[l4 + 13] & TCP_RST)
		*s = (struct sort){ANSWER, l4 + 2};
}

static __always_inline void of_v6(struct sort *s, const __u8 *hdr)
{
	if (hdr[6] == IPPROTO_TCP && hdr[V6_LEN + 13] & TCP_RST)
		*s = (struct sort){ANSWER, V6_LEN + 2};
	else if (hdr[6] == IPPROTO_ICMPV6 && hdr[V6_LEN] < 128)
		*s = (struct sort){ANSWER, V6_LEN + ICMP_LEN + V6_LEN};
	else if (hdr[6] == IPPROTO_ICMPV6 && hdr[V6_LEN] == ND_SOLICIT)
		s->what = QUESTION;
	else if (hdr[6] == IPPROTO_ICMPV6 && hdr[V6_LEN] == ND_ADVERT)
		s->what = ANSWER;
}

static __always_inline void of_arp(struct sort *s, const __u8 *hdr)
{
	__u16 op = bpf_ntohs(*(const __be16 *)(hdr + ARP_OP));

	if (op == ARP_REQUEST)
		s->what = QUESTION;
	else if (op == ARP_REPLY)
		s->what = ANSWER;
}

/* Does it go to where the current packet came from? */
static __always_inline bool goes_to_sender(const struct cpu_ctx *c, const __u8 *hdr, __u32 eth)
{
	__u32 from = *(const __u32 *)c->cur_saddr;

	if (eth == ETH_P_ARP)
		return !c->cur_family && *(const __u32 *)(hdr + ARP_TARGET) == from;
	if (eth == ETH_P_IP)
		return c->cur_family == 4 && *(const __u32 *)(hdr + 16) == from;
	return c->cur_family == 6 && eq16(hdr + 24, c->cur_saddr);
}

/*
 * Does it speak of the current packet's content, whose first two bytes (a port of its sender, or
 * ICMP's type) no translation of the destination changes?
 */
static __always_inline bool is_about(const struct cpu_ctx *c, __u64 address)
{
	__u16 first;

	return !c->cur_ports || (!bpf_probe_read_kernel(&first, sizeof(first), (void *)address) &&
				 first == (__u16)c->cur_ports);
}

__noinline __u32 caused_by_current(__u64 bytes, __u32 eth)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	struct sort sort = {};
	__u64 age;

	if (!s || c->cur_tid != (__u32)bpf_get_current_pid_tgid() ||
	    bpf_probe_read_kernel(s->hdr, HDR_MAX, (const void *)bytes))
		return 0;
	age = bpf_ktime_get_ns() - c->cur_ts;
	/* a local send gets its protocol later */
	if (!eth)
		eth = eth_of(s->hdr);
	if (eth == ETH_P_IP)
		of_v4(&sort, s->hdr);
	else if (eth == ETH_P_IPV6)
		of_v6(&sort, s->hdr);
	else if (eth == ETH_P_ARP)
		of_arp(&sort, s->hdr);
	if (sort.what == ANSWER)
		return age <= ANSWERED_NS && goes_to_sender(c, s->hdr, eth) &&
				       (!sort.about || is_about(c, bytes + sort.about))
			       ? WB_LINK_ANSWER
			       : 0;
	/* who sends, or passes on, asks for the next hop; what is at its destination asks nobody */
	return sort.what == QUESTION && age <= ASKED_NS && c->cur_family &&
			       c->cur_stage != STAGE_SOCK
		       ? WB_LINK_ASKS
		       : 0;
}
