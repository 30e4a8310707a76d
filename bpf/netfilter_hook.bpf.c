/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nf_hook_slow: a packet enters a netfilter hook that has something attached, and leaves it. A drop
 * inside shows itself by kfree_skb, so leaving is told only when the packet goes on.
 */
#include "conntrack.bpf.h"
#include "event.bpf.h"
#include <bpf/bpf_tracing.h>

#define NF_INET_LOCAL_OUT 3
#define NFPROTO_IPV4	  2
#define NFPROTO_NETDEV	  5
#define NFPROTO_IPV6	  10
#define GOES_ON		  1 /* nf_hook_slow's return value for a packet that everything accepted */

/*
 * What a raw socket sends with a header of its own, and IPv6's TCP and neighbour discovery, pass no
 * function of a send before the hook: there their way begins.
 */
static __always_inline __u32 how_seen(struct sk_buff *skb, __u32 pf, __u32 hook, const __u8 where)
{
	struct track *t;

	if (where) /* after NAT the filter may match what it did not match before */
		return SEE_ENTRY;
	if (hook != NF_INET_LOCAL_OUT || (pf != NFPROTO_IPV4 && pf != NFPROTO_IPV6))
		return 0;
	t = live ? traced((__u64)skb) : NULL;
	return t && t->stage == STAGE_OUT ? 0 : SEE_ENTRY | SEE_SEND;
}

static __always_inline int hook(const void *ctx, struct sk_buff *skb, struct nf_hook_state *state,
				const __u8 where)
{
	struct wb_hook_body body = {.where = where, .verdict = where ? GOES_ON : 0};
	__u32 out, stage, how, task = 0;
	struct net_device *dev;
	struct hit h;

	body.pf = BPF_CORE_READ(state, pf);
	body.hook = BPF_CORE_READ(state, hook);
	out = body.pf == NFPROTO_NETDEV ? body.hook : body.hook >= NF_INET_LOCAL_OUT;
	stage = out ? STAGE_OUT : STAGE_IN;
	FORGET_HERE(stage);
	FORGET_HERE(out);
	how = how_seen(skb, body.pf, body.hook, where);
	if (!where) /* a constant, else */
		FORGET_HERE(how);
	if (!see(&h, skb, stage, how, false))
		return 0;
	dev = out ? BPF_CORE_READ(state, out) : BPF_CORE_READ(state, in);
	h.netns = BPF_CORE_READ(state, net, ns.inum);
	if (dev)
		h.ifindex = BPF_CORE_READ(dev, ifindex);
	read_ct(&body.ct, skb, false);
	if (!where && how & SEE_SEND && h.flags & WB_EV_FIRST && in_task(h.cpu, ctx))
		task = WB_EV_TASK;
	emit(&h, WB_KIND_HOOK, WB_PROBE_FN_nf_hook_slow, (out ? WB_EV_TX : 0) | task, &body,
	     sizeof(body));
	unsee(&h);
	return 0;
}

SEC("?fentry/nf_hook_slow")
int fe_nf_hook_slow(unsigned long long *ctx)
{
	return hook(ctx, (struct sk_buff *)ctx[0], (struct nf_hook_state *)ctx[1], 0);
}

SEC("?fexit/nf_hook_slow")
int fx_nf_hook_slow(unsigned long long *ctx)
{
	if ((int)ctx[4] != GOES_ON)
		return 0;
	return hook(ctx, (struct sk_buff *)ctx[0], (struct nf_hook_state *)ctx[1], 2);
}

SEC("?kprobe/nf_hook_slow")
int kp_nf_hook_slow(struct pt_regs *ctx)
{
	return hook(ctx, (struct sk_buff *)PT_REGS_PARM1(ctx),
		    (struct nf_hook_state *)PT_REGS_PARM2(ctx), 0);
}
