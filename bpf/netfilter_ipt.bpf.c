/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule of a legacy iptables table dropped a packet. The rule that decides is counted last, on
 * this CPU, with bottom halves off: of all rules that can end a packet's way, it is the one whose
 * counter is another after ipt_do_table than before.
 */
#include "event.bpf.h"
#include "nf_tables.h"
#include <bpf/bpf_tracing.h>

#define NF_DROP	     0
#define NFPROTO_IPV6 10
#define DROP	     (-NF_DROP - 1) /* in a standard target */
#define RUNS	     2	 /* a reject's answer runs while its packet is still in a table */
#define WATCHED	     512 /* rules of a table that can drop; power of 2 */
#define WALK_LOOP    65536
#define WALK_BOUND   512
#define ARGS_CHANGED WB_KERNEL(5, 16) /* from (skb, state, table) to (table, skb, state) */

struct ipt_run {
	__u64 table;
	__u64 skb;
	__u64 id;
	__u32 netns, ifindex;
	__u8 pf, hook;
	__u8 pad[6];
	__u64 counted[WATCHED];
};

struct ipt_runs {
	struct ipt_run run[RUNS];
	__u32 depth;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ipt_runs);
} ipt_runs SEC(".maps");

extern const unsigned long this_cpu_off __ksym __weak;

struct ipt_walk {
	__u64 entries; /* address of the table's rules */
	__u64 at;      /* offset of the next rule */
	__u64 size;
	__u64 cpu_off;
	__u64 chain; /* name of the chain in which the walk is, 0: a built-in one */
	__u32 start; /* offset of the hook's first rule, and of its policy */
	__u32 policy;
	__u32 number; /* of the next rule in its chain */
	__u32 watched;
	__u16 offsets, counter; /* places in an entry, by family */
	__u8 find;		/* 1: compare with what was noted, 0: note */
	__u8 found;
	__u8 is_policy;
	__u8 pad;
};

static __always_inline struct ipt_run *this_run(bool next)
{
	struct ipt_runs *r;
	__u32 zero = 0;

	r = bpf_map_lookup_elem(&ipt_runs, &zero);
	if (!r)
		return NULL;
	if (next) {
		if (r->depth >= RUNS) /* an exit was missed */
			r->depth = 0;
		r->depth++;
	}
	return r->depth ? &r->run[(r->depth - 1) & (RUNS - 1)] : NULL;
}

/* Notes or compares one counter. 1: this is the one. */
static __always_inline long watch(struct ipt_walk *w)
{
	struct ipt_run *run = this_run(false);
	__u64 place = w->entries + w->at + w->counter, count = 0;
	__u32 i = w->watched++;

	if (!run || i >= WATCHED)
		return 0;
	if (cfg.cpus > 1) { /* else the counter stands in the entry itself */
		bpf_probe_read_kernel(&place, sizeof(place), (const void *)place);
		place += w->cpu_off;
	}
	bpf_probe_read_kernel(&count, sizeof(count), (const void *)place);
	if (w->find)
		return run->counted[i & (WATCHED - 1)] != count;
	run->counted[i & (WATCHED - 1)] = count;
	return 0;
}

/* One comparison: each that could end otherwise would be a way of its own in a bounded walk. */
#define NAMED(first, name)                                                                         \
	((((first) ^ *(const __u64 *)name "\0\0\0\0\0\0\0") << (64 - 8 * sizeof(name))) == 0)

/* One rule. 1: the walk is over. */
static __always_inline long walk_rule(struct ipt_walk *w)
{
	__u64 entry = w->entries + w->at, target, name;
	struct xt_entry e;
	struct xt_target t;

	if (w->at >= w->size ||
	    bpf_probe_read_kernel(&e, sizeof(e), (const void *)(entry + w->offsets)) ||
	    !e.next_offset)
		return 1;
	target = entry + e.target_offset;
	if (bpf_probe_read_kernel(&t, sizeof(t), (const void *)target))
		return 1;
	__builtin_memcpy(&name, t.name, sizeof(name));
	if (NAMED(name, "ERROR")) { /* the head of a user's chain: its name */
		w->chain = target + __builtin_offsetof(struct xt_target, verdict);
		w->number = 0;
	} else if (w->at == w->start) {
		w->chain = 0;
		w->number = 1;
	} else {
		w->number++;
	}
	if ((!t.name[0] && t.verdict == DROP) || NAMED(name, "REJECT"))
		w->found = watch(w);
	w->is_policy = w->at == w->policy;
	w->at += e.next_offset;
	/* in a bounded walk each rule would be followed as often as there are such numbers */
	FORGET(w->watched);
	FORGET(w->number);
	FORGET(w->chain);
	FORGET(w->is_policy);
	return w->found;
}

static long walk_step(__u32 i, void *w)
{
	return walk_rule(w) != 0; /* a callback may return nothing but 0 and 1 */
}

static __always_inline bool walk(struct ipt_walk *w, const struct ipt_run *run, bool find,
				 const bool loop)
{
	struct xt_table *table = (void *)run->table; /* not inside the macro: run is no kernel's */
	struct xt_table_info *info = BPF_CORE_READ(table, private);
	__u32 hook = run->hook;

	if (hook > 4 || !&this_cpu_off)
		return false;
	__builtin_memset(w, 0, sizeof(*w));
	w->entries = (__u64)info + bpf_core_field_offset(info->entries);
	w->size = BPF_CORE_READ(info, size);
	bpf_probe_read_kernel(&w->start, sizeof(w->start), &info->hook_entry[hook]);
	bpf_probe_read_kernel(&w->policy, sizeof(w->policy), &info->underflow[hook]);
	w->cpu_off = *(const unsigned long *)bpf_this_cpu_ptr(&this_cpu_off);
	w->offsets = run->pf == NFPROTO_IPV6 ? IP6T_ENTRY_OFFSETS : IPT_ENTRY_OFFSETS;
	w->counter = run->pf == NFPROTO_IPV6 ? IP6T_ENTRY_COUNTER : IPT_ENTRY_COUNTER;
	w->find = find;
	if (loop) {
		bpf_loop(WALK_LOOP, walk_step, w, 0);
	} else {
		for (int i = 0; i < WALK_BOUND; i++)
			if (walk_rule(w))
				break;
	}
	return w->found;
}

/* args: the first three of ipt_do_table. */
static __always_inline int table_entry(const __u64 *args, const bool loop)
{
	const bool old = cfg.kernel < ARGS_CHANGED;
	struct nf_hook_state *state = (void *)(old ? args[1] : args[2]);
	__u64 skb = old ? args[0] : args[1], id;
	struct net_device *dev;
	struct ipt_run *run;
	struct ipt_walk w;

	if (!live)
		return 0;
	id = traced_id(skb);
	run = id ? this_run(true) : NULL;
	if (!run)
		return 0;
	run->table = old ? args[2] : args[0];
	run->skb = skb;
	run->id = id;
	run->pf = BPF_CORE_READ(state, pf);
	run->hook = BPF_CORE_READ(state, hook);
	run->netns = BPF_CORE_READ(state, net, ns.inum);
	dev = BPF_CORE_READ(state, in);
	if (!dev)
		dev = BPF_CORE_READ(state, out);
	run->ifindex = dev ? BPF_CORE_READ(dev, ifindex) : 0;
	walk(&w, run, false, loop);
	return 0;
}

static __always_inline void tell(const struct ipt_run *run, const struct ipt_walk *w)
{
	struct wb_ipt_body body = {.verdict = NF_DROP, .family = run->pf, .hook = run->hook};
	struct cpu_ctx *c = cpu_ctx();
	struct hit h;

	if (!c || !see_none(&h, c, run->id, run->skb, run->netns, run->ifindex))
		return;
	body.rule_number = w->is_policy ? 0 : w->number;
	bpf_probe_read_kernel_str(body.table, sizeof(body.table),
				  &((struct xt_table *)run->table)->name);
	if (w->chain)
		bpf_probe_read_kernel_str(body.chain, sizeof(body.chain), (const void *)w->chain);
	emit(&h, WB_KIND_IPT, WB_PROBE_FN_ipt_do_table, 0, &body, sizeof(body));
	unsee(&h);
}

static __always_inline int table_exit(__u64 skb, __u32 verdict, const bool loop)
{
	struct ipt_run *run = live ? this_run(false) : NULL;
	struct ipt_runs *r;
	struct ipt_walk w;
	__u32 zero = 0;

	if (!run || (skb && run->skb != skb))
		return 0;
	if ((verdict & 0xff) == NF_DROP && walk(&w, run, true, loop))
		tell(run, &w);
	r = bpf_map_lookup_elem(&ipt_runs, &zero);
	if (r && r->depth)
		r->depth--;
	return 0;
}

/* Plain numbers: the verifier finds a loop over typed pointers too complex. */
static __always_inline void read_args(__u64 args[4], const void *ctx)
{
	bpf_probe_read_kernel(args, 4 * sizeof(args[0]), ctx);
}

#define X(fn, station)                                                                             \
	SEC("?fentry/" #fn) int fe_##fn(unsigned long long *ctx)                                   \
	{                                                                                          \
		__u64 args[4];                                                                     \
		read_args(args, ctx);                                                              \
		return table_entry(args, true);                                                    \
	}                                                                                          \
	SEC("?fexit/" #fn) int fx_##fn(unsigned long long *ctx)                                    \
	{                                                                                          \
		__u64 args[4];                                                                     \
		read_args(args, ctx);                                                              \
		return table_exit(cfg.kernel < ARGS_CHANGED ? args[0] : args[1], args[3], true);   \
	}                                                                                          \
	SEC("?kprobe/" #fn) int kp_##fn(struct pt_regs *ctx)                                       \
	{                                                                                          \
		const __u64 args[3] = {PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx),                     \
				       PT_REGS_PARM3(ctx)};                                        \
		return table_entry(args, false);                                                   \
	}                                                                                          \
	SEC("?kretprobe/" #fn) int kr_##fn(struct pt_regs *ctx)                                    \
	{                                                                                          \
		return table_exit(0, PT_REGS_RC(ctx), false);                                      \
	}
WB_IPT_FUNCTIONS(X)
#undef X
