/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints at the end of an sk_buff: freed as a drop, freed in peace, read by a process. */
#include "drop.bpf.h"
#include <bpf/bpf_tracing.h>

#define NO_REASON	 (~0U)
#define NF_INET_LOCAL_IN 1

#define UDP_LEN 8

/* ret: 8 bytes behind the UDP header of a packet without IP options; else it stays as it is. */
static __always_inline void read_behind(__u8 *ret, const struct view *v)
{
	const __u8 *net = (const void *)(v->bytes + v->net);
	__u8 ip[10];

	if (bpf_probe_read_kernel(ip, sizeof(ip), net))
		return;
	if (ip[0] == 0x45 && ip[9] == IPPROTO_UDP)
		net += 20 + UDP_LEN;
	else if (ip[0] >> 4 == 6 && ip[6] == IPPROTO_UDP)
		net += 40 + UDP_LEN;
	else
		return;
	bpf_probe_read_kernel(ret, 8, net);
}

static __always_inline int dropped(struct sk_buff *skb, void *location, __u32 reason, __u64 sk)
{
	struct wb_drop_body body = {.location = (__u64)location, .reason = reason, .sk = sk};
	struct hit h;

	body.pkt_type = BPF_CORE_READ_BITFIELD(skb, pkt_type);
	if (cfg.flags & WB_CFG_DROPS || is_resting()) {
		/* nobody was followed: that it has been cloned is all that is known */
		body.copied = BPF_CORE_READ_BITFIELD(skb, cloned);
		return drop_count(skb, &body);
	}
	if (!see_end(&h, skb, false, true))
		return 0;
	read_behind(body.behind, &h.v);
	body.mark = skb->mark;
	body.copied = h.copied;
	body.shared = h.shared;
	emit(&h, WB_KIND_DROP, WB_PROBE_TP_kfree_skb, 0, &body, sizeof(body));
	/* its send returns the error in a moment, and that is no other send */
	h.cpu->drop_ts = h.ts_ns;
	h.cpu->drop_tid = bpf_get_current_pid_tgid();
	unsee(&h);
	return 0;
}

/* 6.10 and later: also the socket that would have received. Which one loads: the plan. */
SEC("?tp_btf/kfree_skb")
int BPF_PROG(tp_kfree_skb__4, struct sk_buff *skb, void *location, unsigned int reason,
	     struct sock *rx_sk)
{
	return dropped(skb, location, reason, (__u64)rx_sk);
}

/* 5.17 and later. */
SEC("?tp_btf/kfree_skb")
int BPF_PROG(tp_kfree_skb__3, struct sk_buff *skb, void *location, unsigned int reason)
{
	return dropped(skb, location, reason, 0);
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(tp_kfree_skb__2, struct sk_buff *skb, void *location)
{
	return dropped(skb, location, NO_REASON, 0);
}

/* Freed in peace by TCP or ICMP, and the answer that was due did not come: see observe.bpf.c. */
static __always_inline void tell_ignored(struct sk_buff *skb)
{
	struct wb_hook_body body = {.hook = NF_INET_LOCAL_IN, .where = 4};
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;
	struct hit h;

	if (!c || !c->cur_asks || c->cur_skb != (__u64)skb)
		return;
	c->cur_asks = ASKS_NOTHING;
	if (!see_none(&h, c, c->cur_id, c->cur_skb, c->cur_netns, c->cur_ifindex))
		return;
	emit(&h, WB_KIND_HOOK, WB_PROBE_TP_consume_skb, 0, &body, sizeof(body));
	unsee(&h);
}

static __always_inline int consumed(struct sk_buff *skb, void *location)
{
	struct wb_consume_body body = {.location = (__u64)location};
	struct hit h;

	tell_ignored(skb);
	if (!see_end(&h, skb, true, true))
		return 0;
	emit(&h, WB_KIND_CONSUME, WB_PROBE_TP_consume_skb, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

/* 6.4 and later: with the location. */
SEC("?tp_btf/consume_skb")
int BPF_PROG(tp_consume_skb__2, struct sk_buff *skb, void *location)
{
	return consumed(skb, location);
}

SEC("?tp_btf/consume_skb")
int BPF_PROG(tp_consume_skb__1, struct sk_buff *skb)
{
	return consumed(skb, NULL);
}

SEC("?tp_btf/skb_copy_datagram_iovec")
int BPF_PROG(tp_skb_copy_datagram_iovec, struct sk_buff *skb, int len)
{
	struct wb_step_body body = {.value = len};
	struct sock *sk;
	struct hit h;

	if (!live)
		return 0;
	sk = BPF_CORE_READ(skb, sk);
	body.aux = sk ? BPF_CORE_READ(sk, __sk_common.skc_family) : 0;
	/* what a capture takes is no packet more */
	if (cfg.flags & WB_CFG_COUNT && body.aux == AF_PACKET)
		return 0;
	if (!see(&h, skb, STAGE_SOCK, SEE_NO_DEV, true))
		return 0;
	emit(&h, WB_KIND_STEP, WB_PROBE_TP_skb_copy_datagram_iovec, WB_EV_TASK, &body,
	     sizeof(body));
	unsee(&h);
	return 0;
}
