/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors that this host sends about a packet: IPv6 everywhere, IPv4 before 6.10, whose kernels
 * have no tracepoint for it. Asked to send one (__icmp_send, icmp6_send; 5.10 to 7.2), the kernel
 * may still refrain, for its rate limit or for the destination; what it does send passes through
 * the inner function, on the same CPU, because bottom halves are off.
 */
#include "event.bpf.h"
#include <bpf/bpf_tracing.h>

static __always_inline int asked(struct sk_buff *skb, __u8 type, __u8 code)
{
	struct cpu_ctx *c = live && traced_id((__u64)skb) ? cpu_ctx() : NULL;

	if (!c)
		return 0;
	c->icmp_skb = (__u64)skb;
	c->icmp_type = type;
	c->icmp_code = code;
	return 0;
}

static __always_inline int sent(__u8 family, __u16 probe)
{
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;
	struct wb_icmp_body body = {.family = family};
	struct hit h;
	__u64 skb;

	if (!c || !c->icmp_skb)
		return 0;
	skb = c->icmp_skb;
	c->icmp_skb = 0;
	body.type = c->icmp_type;
	body.code = c->icmp_code;
	if (!see_same(&h, (struct sk_buff *)skb))
		return 0;
	emit(&h, WB_KIND_ICMP, probe, 0, &body, sizeof(body));
	unsee(&h);
	return 0;
}

static __always_inline int refrained(void)
{
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;

	if (c)
		c->icmp_skb = 0;
	return 0;
}

/* X(function that is asked, function that sends, family) */
#define SENDERS(X)                                                                                 \
	X(__icmp_send, icmp_push_reply, 4)                                                         \
	X(icmp6_send, icmpv6_push_pending_frames, 6)

#define X(ask, send, family)                                                                       \
	SEC("?fentry/" #ask) int fe_##ask(unsigned long long *ctx)                                 \
	{                                                                                          \
		return asked((struct sk_buff *)ctx[0], ctx[1], ctx[2]);                            \
	}                                                                                          \
	SEC("?kprobe/" #ask) int kp_##ask(struct pt_regs *ctx)                                     \
	{                                                                                          \
		return asked((struct sk_buff *)PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),             \
			     PT_REGS_PARM3(ctx));                                                  \
	}                                                                                          \
	SEC("?fexit/" #ask) int fx_##ask(unsigned long long *ctx)                                  \
	{                                                                                          \
		return refrained();                                                                \
	}                                                                                          \
	SEC("?kretprobe/" #ask) int kr_##ask(struct pt_regs *ctx)                                  \
	{                                                                                          \
		return refrained();                                                                \
	}                                                                                          \
	SEC("?fentry/" #send) int fe_##send(unsigned long long *ctx)                               \
	{                                                                                          \
		return sent(family, WB_PROBE_FN_##send);                                           \
	}                                                                                          \
	SEC("?kprobe/" #send) int kp_##send(struct pt_regs *ctx)                                   \
	{                                                                                          \
		return sent(family, WB_PROBE_FN_##send);                                           \
	}
SENDERS(X)
#undef X
