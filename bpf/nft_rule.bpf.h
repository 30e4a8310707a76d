/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From an nftables expression to the rule that holds it, by the kernel's own structures; nothing
 * of the packet here. A chain's rules stand one behind the other in a blob (5.17 and later, struct
 * nft_rule_dp), before that in an array of pointers.
 */
#ifndef WAYBILL_NFT_RULE_BPF_H
#define WAYBILL_NFT_RULE_BPF_H

#include "event.bpf.h"
#include "nf_tables.h"

#define BLOBS_SINCE WB_KERNEL(5, 17)

/* A field of a struct whose layout is fixed. */
#define PLAIN(ptr, field)                                                                          \
	({                                                                                         \
		typeof((ptr)->field) __v = 0;                                                      \
		bpf_probe_read_kernel(&__v, sizeof(__v), &(ptr)->field);                           \
		__v;                                                                               \
	})

#define WALK_LOOP  65536 /* rules of a chain that bpf_loop() walks */
#define WALK_BOUND 1024	 /* the same, where the verifier walks the loop itself */

struct nft_walk {
	__u64 at;   /* the next rule, or the next place in the array of rules */
	__u64 end;  /* of the blob */
	__u64 expr; /* in which rule is this? */
	__u64 handle;
};

/* One rule of a blob. 1: the walk is over, w->handle says how (0: not found). */
static __always_inline long walk_blob(struct nft_walk *w)
{
	struct nft_rule_head head;
	__u64 next;

	if (w->at >= w->end || bpf_probe_read_kernel(&head, sizeof(head), (const void *)w->at) ||
	    NFT_RULE_IS_LAST(head.bits))
		return 1;
	next = w->at + sizeof(head) + NFT_RULE_LENGTH(head.bits);
	if (w->expr < next) {
		w->handle = NFT_RULE_HANDLE(head.bits);
		return 1;
	}
	w->at = next;
	return 0;
}

/* One rule of an array, on kernels before blobs. */
static __always_inline long walk_array(struct nft_walk *w)
{
	struct nft_rule_5_10 rule;
	__u64 p = 0;

	if (bpf_probe_read_kernel(&p, sizeof(p), (const void *)w->at) || !p ||
	    bpf_probe_read_kernel(&rule, sizeof(rule), (const void *)p))
		return 1;
	w->at += sizeof(p);
	if (w->expr < p || w->expr >= p + sizeof(rule) + NFT_RULE_5_10_LENGTH(rule.bits))
		return 0;
	w->handle = NFT_RULE_5_10_HANDLE(rule.bits);
	return 1;
}

static long walk_blob_step(__u32 i, void *w)
{
	return walk_blob(w);
}

/*
 * The handle of the rule that holds the expression, 0: none. Global functions, so that the verifier
 * walks each loop once and not once for each place that calls it.
 */
__noinline __u64 walk_blob_bounded(__u64 data, __u64 end, __u64 expr)
{
	struct nft_walk w = {.at = data, .end = end, .expr = expr};

	for (int i = 0; i < WALK_BOUND; i++)
		if (walk_blob(&w))
			break;
	return w.handle;
}

__noinline __u64 walk_array_bounded(__u64 rules, __u64 expr)
{
	struct nft_walk w = {.at = rules, .expr = expr};

	for (int i = 0; i < WALK_BOUND; i++)
		if (walk_array(&w))
			break;
	return w.handle;
}

static __always_inline __u64 handle_in_blob(const struct nft_rule_blob *blob, __u64 expr,
					    const bool loop)
{
	__u64 data = (__u64)blob + bpf_core_field_offset(blob->data);
	struct nft_walk w = {.at = data, .expr = expr};

	if (!blob)
		return 0;
	w.end = data + BPF_CORE_READ(blob, size);
	if (expr < data || expr >= w.end)
		return 0;
	if (!loop)
		return walk_blob_bounded(data, w.end, expr);
	bpf_loop(WALK_LOOP, walk_blob_step, &w, 0);
	return w.handle;
}

static __always_inline __u64 handle_in_chain(__u64 chain, __u64 expr, const bool loop)
{
	__u64 handle, rules[2];

	if (cfg.kernel < BLOBS_SINCE) {
		if (bpf_probe_read_kernel(rules, sizeof(rules), (const void *)chain))
			return 0;
		handle = rules[0] ? walk_array_bounded(rules[0], expr) : 0;
		return handle || !rules[1] ? handle : walk_array_bounded(rules[1], expr);
	}
	handle = handle_in_blob(BPF_CORE_READ((struct nft_chain *)chain, blob_gen_0), expr, loop);
	return handle ? handle
		      : handle_in_blob(BPF_CORE_READ((struct nft_chain *)chain, blob_gen_1), expr,
				       loop);
}

/* The names of a chain and its table. */
static __always_inline void name_chain(struct wb_rule_body *body, __u64 chain)
{
	const char *name, *table_name;

	if (cfg.kernel < BLOBS_SINCE) {
		struct nft_chain_5_10 *c = (void *)chain;
		struct nft_table_5_10 *t = PLAIN(c, table);

		name = PLAIN(c, name);
		table_name = PLAIN(t, name);
		body->family = PLAIN(t, family) & 0x3f;
	} else {
		struct nft_table *table = BPF_CORE_READ((struct nft_chain *)chain, table);

		name = BPF_CORE_READ((struct nft_chain *)chain, name);
		table_name = BPF_CORE_READ(table, name);
		body->family = BPF_CORE_READ_BITFIELD_PROBED(table, family);
	}
	bpf_probe_read_kernel_str(body->chain, sizeof(body->chain), name);
	bpf_probe_read_kernel_str(body->table, sizeof(body->table), table_name);
}

static __always_inline __u8 policy_of(__u64 chain)
{
	if (cfg.kernel < BLOBS_SINCE) {
		struct nft_base_chain_5_10 *base =
			(void *)(chain - __builtin_offsetof(struct nft_base_chain_5_10, chain));

		return PLAIN(base, policy);
	}
	struct nft_base_chain *base =
		(void *)(chain - bpf_core_field_offset(struct nft_base_chain, chain));

	return BPF_CORE_READ(base, policy);
}

#endif
