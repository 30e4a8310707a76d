/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which nftables rule decided. nft_do_chain evaluates a hook's chain; the expression that sets the
 * verdict is a function of its own, whose exit shows the verdict and whose address lies inside the
 * rule. A drop without such an expression is the base chain's policy. How a rule is found is in
 * nft_rule.bpf.h.
 */
#include "nft_rule.bpf.h"
#include <bpf/bpf_tracing.h>

#define NF_DROP	     0
#define NF_ACCEPT    1
#define NF_STOLEN    2
#define NFT_CONTINUE -1
#define NFT_BREAK    -2
#define NFT_JUMP     -3
#define NFT_GOTO     -4
#define NFT_RETURN   -5

#define RUNS   4 /* a reject's answer runs through the chains while its packet is still in one */
#define CHAINS 8 /* the last ones that one packet was sent through by jumps; power of 2 */

struct nft_run {   /* one call of nft_do_chain for a traced packet */
	__u64 pkt; /* struct nft_pktinfo: tells the calls apart */
	__u64 skb;
	__u64 id;
	__u64 base;
	__u64 chain[CHAINS]; /* the base chain, then those that were jumped to, round and round */
	__u64 expr, regs;    /* kprobes: what the expression was called with */
	__u32 n_chains;
	__u32 netns, ifindex;
	__u8 pf, hook;
	__u8 decided;
	__u8 pad;
};

struct nft_runs {
	struct nft_run run[RUNS];
	struct wb_rule_body body; /* too large for the stack beside the rest */
	__u32 depth;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct nft_runs);
} nft_runs SEC(".maps");

static __always_inline struct nft_runs *runs(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&nft_runs, &zero);
}

/* The innermost call, if it is this one. */
static __always_inline struct nft_run *this_run(struct nft_runs *r, __u64 pkt)
{
	struct nft_run *run = &r->run[(r->depth - 1) & (RUNS - 1)];

	return r->depth && run->pkt == pkt ? run : NULL;
}

/* Where the packet is, from the context in which nft_do_chain was called. */
static __always_inline void fill_place(struct nft_run *run, const struct nf_hook_state *state)
{
	struct net_device *dev = BPF_CORE_READ(state, in);

	if (!dev)
		dev = BPF_CORE_READ(state, out);
	run->pf = BPF_CORE_READ(state, pf);
	run->hook = BPF_CORE_READ(state, hook);
	run->netns = BPF_CORE_READ(state, net, ns.inum);
	run->ifindex = dev ? BPF_CORE_READ(dev, ifindex) : 0;
}

static __always_inline int chain_entry(__u64 pkt, __u64 chain)
{
	const struct nf_hook_state *state;
	struct nft_run *run;
	struct nft_runs *r;
	__u64 skb, id;

	if (!live)
		return 0;
	if (cfg.kernel < BLOBS_SINCE) {
		struct nft_pktinfo_5_10 *p = (void *)pkt;

		skb = (__u64)PLAIN(p, skb);
		state = PLAIN(p, state);
	} else {
		skb = (__u64)BPF_CORE_READ((struct nft_pktinfo *)pkt, skb);
		state = BPF_CORE_READ((struct nft_pktinfo *)pkt, state);
	}
	id = traced_id(skb);
	r = id ? runs() : NULL;
	if (!r)
		return 0;
	if (r->depth >= RUNS) /* an exit was missed */
		r->depth = 0;
	run = &r->run[r->depth & (RUNS - 1)];
	r->depth++;
	run->pkt = pkt;
	run->skb = skb;
	run->id = id;
	run->base = chain;
	run->chain[0] = chain;
	run->n_chains = 1;
	run->decided = 0;
	fill_place(run, state);
	return 0;
}

static __always_inline struct wb_rule_body *new_body(struct nft_runs *r, __u8 by, __s32 verdict)
{
	__builtin_memset(&r->body, 0, sizeof(r->body));
	r->body.by = by;
	r->body.verdict = verdict;
	r->body.exact = 1;
	return &r->body;
}

static __always_inline void tell(const struct nft_run *run, struct wb_rule_body *body, __u64 chain)
{
	struct cpu_ctx *c = cpu_ctx();
	struct hit h;

	if (!c || !see_none(&h, c, run->id, run->skb, run->netns, run->ifindex))
		return;
	body->hook = run->hook;
	name_chain(body, chain);
	emit(&h, WB_KIND_RULE, WB_PROBE_FN_nft_do_chain, 0, body, sizeof(*body));
	unsee(&h);
}

static __always_inline int chain_exit(struct nft_runs *r, struct nft_run *run, __s32 verdict)
{
	/* since 6.7 nftables frees what it drops and returns an errno above NF_STOLEN */
	bool drop = (verdict & 0xff) == NF_DROP || ((verdict & 0xff) == NF_STOLEN && verdict >> 16);

	r->depth--;
	run->pkt = 0;
	if (drop && !run->decided && policy_of(run->base) == NF_DROP)
		tell(run, new_body(r, WB_RULE_POLICY, NF_DROP), run->base);
	return 0;
}

/* A rule's verdict is final: in which of the chains that the packet ran through does it stand? */
static __always_inline void decide(struct nft_runs *r, struct nft_run *run, __u64 expr,
				   __s32 verdict, const bool loop)
{
	struct wb_rule_body *body = new_body(r, WB_RULE_EXPR, verdict);

	body->expr = expr;
	for (int i = 0; i <= CHAINS; i++) {
		/* the base chain goes on after each jump; its place may be another's by now */
		__u64 chain = i < CHAINS ? run->chain[(run->n_chains - 1 - i) & (CHAINS - 1)]
					 : run->base;

		if (i >= run->n_chains)
			break;
		body->handle = handle_in_chain(chain, expr, loop);
		if (!body->handle)
			continue;
		tell(run, body, chain);
		break;
	}
}

static __always_inline int expression(struct nft_runs *r, struct nft_run *run, __u64 expr,
				      __u64 regs, const bool loop)
{
	struct {
		__s32 code;
		__u32 pad;
		__u64 chain;
	} verdict;

	if (bpf_probe_read_kernel(&verdict, sizeof(verdict), (const void *)regs))
		return 0;
	switch (verdict.code) {
	case NFT_CONTINUE:
	case NFT_BREAK:
	case NFT_RETURN:
		return 0;
	case NFT_JUMP:
	case NFT_GOTO:
		run->chain[run->n_chains & (CHAINS - 1)] = verdict.chain;
		run->n_chains++;
		return 0;
	}
	run->decided = 1;
	if (verdict.code != NF_ACCEPT || cfg.flags & WB_CFG_VERBOSE)
		decide(r, run, expr, verdict.code, loop);
	return 0;
}

/* The arguments as plain numbers: the verifier finds a loop over typed pointers too complex. */
#define ARGS(ctx, n)                                                                               \
	__u64 args[n] = {};                                                                        \
	bpf_probe_read_kernel(args, sizeof(args), ctx)

SEC("?fentry/nft_do_chain")
int fe_nft_do_chain(unsigned long long *ctx)
{
	ARGS(ctx, 2);
	return chain_entry(args[0], args[1]);
}

SEC("?fexit/nft_do_chain")
int fx_nft_do_chain(unsigned long long *ctx)
{
	struct nft_runs *r = live ? runs() : NULL;
	struct nft_run *run;

	ARGS(ctx, 3);
	run = r ? this_run(r, args[0]) : NULL;
	return run ? chain_exit(r, run, args[2]) : 0;
}

SEC("?kprobe/nft_do_chain")
int kp_nft_do_chain(struct pt_regs *ctx)
{
	return chain_entry(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx));
}

SEC("?kretprobe/nft_do_chain")
int kr_nft_do_chain(struct pt_regs *ctx)
{
	struct nft_runs *r = live ? runs() : NULL;

	if (!r || !r->depth)
		return 0;
	return chain_exit(r, &r->run[(r->depth - 1) & (RUNS - 1)], PT_REGS_RC(ctx));
}

static __always_inline int expression_exit(const __u64 *args)
{
	struct nft_runs *r = live ? runs() : NULL;
	struct nft_run *run = r ? this_run(r, args[2]) : NULL;

	return run ? expression(r, run, args[0], args[1], true) : 0;
}

/* A kretprobe is not told the arguments, so the way in keeps them. */
static __always_inline int keep(__u64 expr, __u64 regs, __u64 pkt)
{
	struct nft_runs *r = live ? runs() : NULL;
	struct nft_run *run = r ? this_run(r, pkt) : NULL;

	if (run) {
		run->expr = expr;
		run->regs = regs;
	}
	return 0;
}

static __always_inline int expression_return(void)
{
	struct nft_runs *r = live ? runs() : NULL;
	struct nft_run *run;
	__u64 expr;

	if (!r || !r->depth)
		return 0;
	run = &r->run[(r->depth - 1) & (RUNS - 1)];
	expr = run->expr;
	run->expr = 0;
	return expr ? expression(r, run, expr, run->regs, false) : 0;
}

#define X(fn, station)                                                                             \
	SEC("?fexit/" #fn) int fx_##fn(unsigned long long *ctx)                                    \
	{                                                                                          \
		ARGS(ctx, 3);                                                                      \
		return expression_exit(args);                                                      \
	}                                                                                          \
	SEC("?kprobe/" #fn) int kp_##fn(struct pt_regs *ctx)                                       \
	{                                                                                          \
		return keep(PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx));           \
	}                                                                                          \
	SEC("?kretprobe/" #fn) int kr_##fn(struct pt_regs *ctx)                                    \
	{                                                                                          \
		return expression_return();                                                        \
	}
WB_NFT_EXPRESSIONS(X)
#undef X
