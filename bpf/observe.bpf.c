/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill's own observers: programs that let everything pass and tell what comes by, at tc
 * and as BPF netfilter links, first and last at each hook, where functions can't be probed. At XDP:
 * observe_xdp.bpf.c.
 */
#include "conntrack.bpf.h"
#include "event.bpf.h"
#include "waybill/hooks.h"
#include <bpf/bpf_tracing.h>

#define TC_ACT_UNSPEC	     -1
#define NF_ACCEPT	     1
#define NF_ENTRIES_MAX	     32 /* more than anybody has; then it counts as in use */
#define NFPROTO_IPV4	     2
#define NF_INET_PRE_ROUTING  0
#define NF_INET_LOCAL_IN     1
#define NF_INET_LOCAL_OUT    3
#define NF_INET_POST_ROUTING 4
#define TCP_SYN		     0x02
#define TCP_RST		     0x04
#define TCP_ACK		     0x10
#define ICMP_ECHO	     8
#define ICMPV6_ECHO_REQUEST  128

/* 6.2 and later; BPF netfilter programs come with 6.4 */
extern void *bpf_cast_to_kern_ctx(void *) __ksym __weak;
extern void *bpf_rdonly_cast(const void *, __u32) __ksym __weak;

/* Is this packet, at its destination, one that TCP or ICMP answers at once? hdr: HDR_MAX bytes. */
static __always_inline enum asks asks(const __u8 *hdr)
{
	const __u8 *l4 = hdr + (hdr[0] == 0x45 ? 20 : 40);
	__u8 proto = hdr[0] == 0x45 ? hdr[9] : hdr[6];

	if (hdr[0] != 0x45 && hdr[0] >> 4 != 6)
		return ASKS_NOTHING;
	if (proto == IPPROTO_TCP && (l4[13] & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		return ASKS_TCP;
	return (proto == IPPROTO_ICMP && l4[0] == ICMP_ECHO) ||
			       (proto == IPPROTO_ICMPV6 && l4[0] == ICMPV6_ECHO_REQUEST)
		       ? ASKS_ICMP
		       : ASKS_NOTHING;
}

/* Does this packet go back to where the one came from that this CPU took in last? */
static __always_inline bool goes_back(const struct cpu_ctx *c, struct sk_buff *skb)
{
	const __u8 *net = skb->head + skb->network_header;
	__u32 to[4] = {}, ports;

	if (c->cur_family == 4) {
		bpf_probe_read_kernel(to, 4, net + 16);
		if (to[0] != *(const __u32 *)c->cur_saddr)
			return false;
		net += 20;
	} else {
		const __u32 *from = (const void *)c->cur_saddr;

		bpf_probe_read_kernel(to, 16, net + 24);
		if (to[0] != from[0] || to[1] != from[1] || to[2] != from[2] || to[3] != from[3])
			return false;
		net += 40;
	}
	/* ICMP has type and code there, which differ */
	return c->cur_asks == ASKS_ICMP || (!bpf_probe_read_kernel(&ports, sizeof(ports), net) &&
					    ports == (c->cur_ports << 16 | c->cur_ports >> 16));
}

/*
 * TCP answers a SYN, and ICMP an echo request, while it takes it in, or never. Whoever is ignored
 * is freed in peace like the others: tracepoint_skb.bpf.c tells it, if nothing was sent back.
 */
static __always_inline void see_answer(struct sk_buff *skb)
{
	struct cpu_ctx *c = live ? cpu_ctx() : NULL;

	if (c && c->cur_asks && goes_back(c, skb))
		c->cur_asks = ASKS_NOTHING;
}

static __always_inline bool is_observer(int priority)
{
	return priority < NF_FIRST + NF_NEIGHBOURS || priority > NF_LAST - NF_NEIGHBOURS;
}

/* Is the hook's function at this place, in the order in which they run, none of waybill's? */
static __always_inline bool is_other(struct nf_hook_entries *e, __u32 n, __u32 at)
{
	struct nf_hook_ops *o = NULL;
	void *ops = (void *)e + bpf_core_field_offset(e->hooks) +
		    n * bpf_core_type_size(struct nf_hook_entry);

	return bpf_probe_read_kernel(&o, sizeof(o), ops + at * sizeof(o)) ||
	       !is_observer(BPF_CORE_READ(o, priority));
}

/*
 * Does somebody judge packets at this hook, other than such observers? A function that is verified
 * once, its argument a plain number: inlined at ten hooks it cost the verifier half of a start.
 */
__noinline int is_busy(__u64 entries)
{
	struct nf_hook_entries *e = (void *)entries;
	__u32 n = e ? BPF_CORE_READ(e, num_hook_entries) : 0;

	for (__u32 i = 0; i < NF_ENTRIES_MAX; i++) {
		if (i >= n)
			return false;
		if (is_other(e, n, i))
			return true;
	}
	return true;
}

/*
 * The same where packets pass. Observers stand around all others, as many before them as behind,
 * where conntrack's own end may come, too: so it's enough to look at the middle.
 */
__noinline int is_used(__u64 netns, __u32 pf, __u32 hook)
{
	struct net *net = (void *)netns;
	struct nf_hook_entries *e = NULL;
	__u32 n;

	if (hook >= NF_HOOKS)
		return true;
	if (pf == NFPROTO_IPV4)
		bpf_core_read(&e, sizeof(e), &net->nf.hooks_ipv4[hook]);
	else
		bpf_core_read(&e, sizeof(e), &net->nf.hooks_ipv6[hook]);
	n = e ? BPF_CORE_READ(e, num_hook_entries) : 0;
	if (n <= 2)
		return !n; /* not read */
	return is_other(e, n, n / 2) || is_other(e, n, (n - 1) / 2);
}

static __always_inline int hook(struct bpf_nf_ctx *ctx, const __u8 where)
{
	/*
	 * Where a typed pointer is loaded from a trusted one, newer verifiers search all of the
	 * kernel's BTF by name, on every path that leads there (0.7 s in all): so not a trusted
	 * one, and still no helper is called.
	 */
	const struct nf_hook_state *state = bpf_rdonly_cast(ctx->state, cfg.hook_state);
	struct sk_buff *skb = ctx->skb;
	struct wb_hook_body *body;
	/* a local send: the process is the sender, and the packet may be new; one of the two, or
	 * the last alone, stands there */
	__u32 at = state->hook, out = at >= NF_INET_LOCAL_OUT, stage = out ? STAGE_OUT : STAGE_IN;
	__u32 send = at == NF_INET_LOCAL_OUT, how = 0;
	struct net_device *dev;
	struct hit h;
	bool task;

	if (send) {
		see_answer(skb);
		how = SEE_ENTRY | SEE_SEND;
	} else if (where && at == NF_INET_PRE_ROUTING)
		how = SEE_ENTRY; /* after DNAT the filter may match what it did not match before */
	FORGET_HERE(at);
	FORGET_HERE(out);
	FORGET_HERE(stage);
	FORGET_HERE(send);
	if (!see_in(&h, state->net, skb, stage, how, true))
		return NF_ACCEPT;
	if (where && at == NF_INET_LOCAL_IN)
		h.cpu->cur_asks = asks(h.s->hdr);
	dev = out ? state->out : state->in;
	h.netns = state->net->ns.inum;
	if (dev)
		h.ifindex = dev->ifindex;
	body = body_of(&h, sizeof(*body));
	body->pf = state->pf;
	body->hook = at;
	body->where = where;
	body->unused = where && !is_used((__u64)BPF_CORE_READ(state, net), state->pf, at);
	read_ct(&body->ct, skb, true);
	task = out && in_task(h.cpu, ctx);
	h.cpu->cur_soft = out && !task;
	send = send && task && (!where || h.flags & WB_EV_FIRST);
	emit(&h, WB_KIND_HOOK, WB_PROBE_OWN_nf, (out ? WB_EV_TX : 0) | (send ? WB_EV_TASK : 0),
	     body, sizeof(*body));
	unsee(&h);
	return NF_ACCEPT;
}

SEC("?netfilter")
int own_nf_first(struct bpf_nf_ctx *ctx)
{
	return hook(ctx, 0);
}

SEC("?netfilter")
int own_nf_last(struct bpf_nf_ctx *ctx)
{
	return hook(ctx, 1);
}

/*
 * Run by user space inside a namespace: at which hooks waybill has to stand there, as a set of
 * nf_bit(). Not every kernel has nfnetlink_hook, and this costs one call.
 */
SEC("?raw_tp")
int busy_hooks(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct net *net = BPF_CORE_READ(task, nsproxy, net_ns);
	__u32 ret = 0;

	for (int hook = 0; hook < NF_HOOKS; hook++) {
		struct nf_hook_entries *v4 = NULL, *v6 = NULL;

		bpf_core_read(&v4, sizeof(v4), &net->nf.hooks_ipv4[hook]);
		bpf_core_read(&v6, sizeof(v6), &net->nf.hooks_ipv6[hook]);
		ret |= (is_busy((__u64)v4) ? nf_bit(0, hook) : 0) |
		       (is_busy((__u64)v6) ? nf_bit(1, hook) : 0);
	}
	return ret;
}

static __always_inline int own_tc(struct sk_buff *skb, const bool out, const bool typed)
{
	__u32 how = SEE_ENTRY | (cfg.kernel < WB_KERNEL(6, 10) ? SEE_NO_THREAD : 0);
	struct wb_prog_body body = {
		.verdict = TC_ACT_UNSPEC,
		.type = out ? WB_PROG_TC_OUT : WB_PROG_TC_IN,
	};
	struct hit h;

	if (!see(&h, skb, out ? STAGE_OUT : STAGE_IN, how, typed))
		return TC_ACT_UNSPEC;
	emit(&h, WB_KIND_PROG, out ? WB_PROBE_OWN_tc_out : WB_PROBE_OWN_tc_in, out ? WB_EV_TX : 0,
	     &body, sizeof(body));
	unsee(&h);
	return TC_ACT_UNSPEC;
}

SEC("?tc")
int own_tc_in(struct __sk_buff *ctx)
{
	return own_tc(bpf_cast_to_kern_ctx(ctx), false, true);
}

SEC("?tc")
int own_tc_out(struct __sk_buff *ctx)
{
	return own_tc(bpf_cast_to_kern_ctx(ctx), true, true);
}

/*
 * For kernels without tc links, which may lack that cast: the context is the sk_buff, and its
 * address is known through the map.
 */
static __always_inline int own_tc_filter(struct __sk_buff *ctx, const bool out)
{
	struct cpu_ctx *c = cpu_ctx();

	if (!c)
		return TC_ACT_UNSPEC;
	return own_tc((void *)plain_address(c, (__u64)ctx), out, false);
}

SEC("?tc")
int own_tc_cls_in(struct __sk_buff *ctx)
{
	return own_tc_filter(ctx, false);
}

SEC("?tc")
int own_tc_cls_out(struct __sk_buff *ctx)
{
	return own_tc_filter(ctx, true);
}
