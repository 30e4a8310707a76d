/* SPDX-License-Identifier: GPL-2.0-only */
/* See caused.bpf.h. */
#include "caused.bpf.h"
#include "current.bpf.h"

#define ARP_OP	       6 /* offsets in an ARP packet about IPv4 */
#define ARP_TARGET     24
#define ARP_REQUEST    1
#define ARP_REPLY      2
#define ND_SOLICIT     135
#define ND_ADVERT      136
#define TCP_RST	       0x04

enum what { NOTHING, QUESTION, ANSWER };

/* An error, not what somebody asked for by ICMP. */
static __always_inline bool is_icmp_error(__u8 type)
{
	return type == 3 || type == 11 || type == 12;
}

static __always_inline enum what of_v4(const __u8 *hdr)
{
	__u32 l4 = (hdr[0] & 15) * 4;

	if (hdr[9] != IPPROTO_ICMP && hdr[9] != IPPROTO_TCP)
		return NOTHING;
	if (l4 > HDR_MAX - 14)
		return NOTHING;
	if (hdr[9] == IPPROTO_ICMP)
		return is_icmp_error(hdr[l4]) ? ANSWER : NOTHING;
	return hdr[l4 + 13] & TCP_RST ? ANSWER : NOTHING;
}

static __always_inline enum what of_v6(const __u8 *hdr)
{
	if (hdr[6] == IPPROTO_TCP)
		return hdr[40 + 13] & TCP_RST ? ANSWER : NOTHING;
	if (hdr[6] != IPPROTO_ICMPV6)
		return NOTHING;
	if (hdr[40] == ND_SOLICIT)
		return QUESTION;
	return hdr[40] < 128 || hdr[40] == ND_ADVERT ? ANSWER : NOTHING;
}

static __always_inline enum what of_arp(const __u8 *hdr)
{
	__u16 op = bpf_ntohs(*(const __be16 *)(hdr + ARP_OP));

	return op == ARP_REQUEST ? QUESTION : op == ARP_REPLY ? ANSWER : NOTHING;
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

__noinline __u32 caused_by_current(__u64 bytes, __u32 eth)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	enum what what;

	if (!s || c->cur_tid != (__u32)bpf_get_current_pid_tgid() ||
	    bpf_ktime_get_ns() - c->cur_ts > IN_RUN_NS ||
	    bpf_probe_read_kernel(s->hdr, HDR_MAX, (const void *)bytes))
		return 0;
	/* a local send gets its protocol later */
	if (!eth)
		eth = eth_of(s->hdr);
	what = eth == ETH_P_IP	   ? of_v4(s->hdr)
	       : eth == ETH_P_IPV6 ? of_v6(s->hdr)
	       : eth == ETH_P_ARP  ? of_arp(s->hdr)
				   : NOTHING;
	if (what == ANSWER)
		return goes_to_sender(c, s->hdr, eth) ? WB_LINK_ANSWER : 0;
	/* who sends, or passes on, asks for the next hop; what is at its destination asks nobody */
	return what == QUESTION && c->cur_family && c->cur_stage != STAGE_SOCK ? WB_LINK_ASKS : 0;
}
