/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic functions of include/waybill/probe.h: position only, so each row of the table gives
 * its fentry and kprobe program, and one kprobe.multi program serves them all.
 */
#include "event.bpf.h"
#include <bpf/bpf_tracing.h>

/*
 * A tunnel's device is given what it shall transmit as the first argument, IPsec what it shall seal
 * as the second.
 */
#define STAGE_OF(station, arg)                                                                     \
	((station) == WB_STATION_SOCKET_QUEUE || (station) == WB_STATION_SOCKET_READ ? STAGE_SOCK  \
	 : (station) == WB_STATION_TUNNEL      ? (arg) == 0 ? STAGE_TX : STAGE_IN                  \
	 : (station) == WB_STATION_XFRM	       ? (arg) == 0 ? STAGE_IN : STAGE_OUT                 \
	 : (station) >= WB_STATION_SOCKET_SEND ? STAGE_OUT                                         \
					       : STAGE_IN)

/*
 * IPv6's TCP, neighbour discovery and MLD don't pass __ip6_local_out, so ip6_output begins their
 * way. The others come by for the second time, by now with a length in their header, and what is
 * forwarded, known by the device that received it, is no send.
 */
static __always_inline bool is_first_output(struct sk_buff *skb)
{
	struct track *t = live ? traced((__u64)skb) : NULL;

	return !BPF_CORE_READ(skb, skb_iif) && !(t && t->stage == STAGE_OUT);
}

/* The first station of a local send: functions called with (net, sk, skb). */
static __always_inline int send(const void *ctx, struct net *net, struct sk_buff *skb,
				const __u16 probe)
{
	struct hit h;

	if (!skb || (probe == WB_PROBE_FN_ip6_output && !is_first_output(skb)) ||
	    !see_in(&h, net, skb, STAGE_OUT, SEE_ENTRY | SEE_SEND | SEE_NO_PROTO, false))
		return 0;
	emit_step(&h, probe, in_task(h.cpu, ctx) ? WB_EV_TASK | WB_EV_TX : WB_EV_TX, 0);
	unsee(&h);
	return 0;
}

/*
 * IPsec has the packet in this sk_buff: what it makes of it need not be ESP to see (NAT traversal
 * puts that into UDP). A global function: see parse_packet(). 0.
 */
__noinline int seal(__u64 skb)
{
	struct track *t = traced(skb);

	if (t)
		t->flags |= TRACK_SEALED;
	return 0;
}

static __always_inline int pass(struct sk_buff *skb, const __u16 probe, const __u32 station,
				__u8 stage, __u32 how)
{
	struct hit h;

	if (!skb || !see(&h, skb, stage, how, false))
		return 0;
	emit_step(&h, probe, how & SEE_NO_DEV ? WB_EV_TASK : 0, 0);
	if (station == WB_STATION_XFRM)
		seal(plain_address(h.cpu, h.v.skb));
	unsee(&h);
	return 0;
}

/* What is read has a reader; a tunnel receives with the outer header still there. */
#define HOW_OF(station, arg)                                                                       \
	((station) == WB_STATION_SOCKET_READ	   ? SEE_NO_DEV                                    \
	 : (station) == WB_STATION_TUNNEL && (arg) ? SEE_NO_PROTO                                  \
						   : 0)

static __always_inline int function(const void *ctx, const unsigned long long *args,
				    const __u32 arg, const __u16 probe, const __u32 station)
{
	if (station == WB_STATION_SOCKET_SEND)
		return send(ctx, (struct net *)args[0], (struct sk_buff *)args[arg], probe);
	return pass((struct sk_buff *)args[arg], probe, station, STAGE_OF(station, arg),
		    HOW_OF(station, arg));
}

#define X(fn, arg, nargs, station)                                                                 \
	SEC("?fentry/" #fn) int fe_##fn(unsigned long long *ctx)                                   \
	{                                                                                          \
		return function(ctx, ctx, arg, WB_PROBE_FN_##fn, WB_STATION_##station);            \
	}                                                                                          \
	SEC("?kprobe/" #fn) int kp_##fn(struct pt_regs *ctx)                                       \
	{                                                                                          \
		const unsigned long long args[3] = {PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),        \
						    PT_REGS_PARM3(ctx)};                           \
		return function(ctx, args, arg, WB_PROBE_FN_##fn, WB_STATION_##station);           \
	}
WB_FUNCTIONS(X)
#undef X

/*
 * One program for many functions. The cookie names the row: probe, argument, station.
 */
SEC("?kprobe.multi")
int km_generic(struct pt_regs *ctx)
{
	__u64 cookie = bpf_get_attach_cookie(ctx);
	__u32 arg = cookie >> 16 & 7, station = cookie >> 24 & 0x7f;
	__u32 stage = STAGE_OF(station, arg), how = HOW_OF(station, arg);
	__u64 args[3];
	struct sk_buff *skb;

	/* read all three: a chosen place in the context is nothing the verifier allows */
	args[0] = *(volatile unsigned long *)&PT_REGS_PARM1(ctx);
	args[1] = *(volatile unsigned long *)&PT_REGS_PARM2(ctx);
	args[2] = *(volatile unsigned long *)&PT_REGS_PARM3(ctx);
	skb = (struct sk_buff *)(arg == 0 ? args[0] : arg == 1 ? args[1] : args[2]);
	if (station == WB_STATION_SOCKET_SEND)
		return send(ctx, (struct net *)args[0], skb, cookie & 0xffff);
	FORGET_HERE(stage);
	FORGET_HERE(how);
	return pass(skb, cookie & 0xffff, station, stage, how & (SEE_NO_DEV | SEE_NO_PROTO));
}
