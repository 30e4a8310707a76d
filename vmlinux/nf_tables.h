/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nftables and x_tables as waybill reads them. nft_* are types of a module: relocated by its BTF
 * from 5.17 on (rules in blobs), by a fixed layout before, because the modules of those kernels
 * carry no BTF. These structs have no member that depends on the kernel's configuration.
 */
#ifndef WAYBILL_VMLINUX_NF_TABLES_H
#define WAYBILL_VMLINUX_NF_TABLES_H

#include "vmlinux.h"

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

struct nft_table {
	u16 family : 6;
	char *name;
};

struct nft_rule_blob {
	unsigned long size;
	unsigned char data[];
};

struct nft_chain {
	struct nft_rule_blob *blob_gen_0;
	struct nft_rule_blob *blob_gen_1;
	struct nft_table *table;
	char *name;
};

struct nft_base_chain {
	u8 policy;
	struct nft_chain chain;
};

struct nft_pktinfo {
	struct sk_buff *skb;
	const struct nf_hook_state *state;
};

struct xt_table_info {
	unsigned int size;
	unsigned int number;
	unsigned int hook_entry[5];
	unsigned int underflow[5];
	unsigned char entries[];
};

struct xt_table {
	struct xt_table_info *private;
	u8 af;
	const char name[32];
};

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

/* In front of each rule's expressions: 1 bit end mark, 12 bits length, 42 bits handle. */
struct nft_rule_head {
	u64 bits;
};
#define NFT_RULE_IS_LAST(bits) ((bits)&1)
#define NFT_RULE_LENGTH(bits)  ((bits) >> 1 & 0xfff)
#define NFT_RULE_HANDLE(bits)  ((bits) >> 13 & 0x3ffffffffffULL)

/* --- 5.10 to 5.16: rules are objects of their own, in arrays that end with NULL --- */

struct nft_rule_5_10 {
	u64 list[2];
	u64 bits; /* 42 bits handle, 2 generation mask, 12 length */
};
#define NFT_RULE_5_10_HANDLE(bits) ((bits)&0x3ffffffffffULL)
#define NFT_RULE_5_10_LENGTH(bits) ((bits) >> 44 & 0xfff)

struct nft_chain_5_10 {
	struct nft_rule_5_10 **rules_gen[2];
	u64 lists_and_hash[6];
	struct nft_table_5_10 *table;
	u64 handle;
	u32 use;
	u32 flags;
	char *name;
};

struct nft_table_5_10 {
	u64 list[2];
	u64 chains_ht[17];
	u64 lists[8];
	u64 hgenerator;
	u64 handle;
	u32 use;
	u16 family; /* 6 bits */
	u16 pad;
	char *name;
};

struct nft_base_chain_5_10 {
	u64 ops[5];
	u64 hook_list[2];
	u64 type;
	u8 policy;
	u8 flags;
	u64 stats;
	struct nft_chain_5_10 chain;
};

struct nft_pktinfo_5_10 {
	struct sk_buff *skb;
	u64 tprot;
	u64 xt_match_and_info[2];
	const struct nf_hook_state *state;
};

/* --- the kernel's user space interface: rules of legacy iptables --- */

struct xt_entry { /* what follows the match on addresses in struct ipt_entry and ip6t_entry */
	u16 target_offset;
	u16 next_offset;
	u32 comefrom;
};
#define IPT_ENTRY_OFFSETS  88 /* struct xt_entry in struct ipt_entry */
#define IPT_ENTRY_COUNTER  96
#define IP6T_ENTRY_OFFSETS 140
#define IP6T_ENTRY_COUNTER 152

struct xt_target {
	u16 size;
	char name[29];
	u8 revision;
	s32 verdict; /* of a standard target, whose name is empty; ERROR has a chain's name here */
};

#endif
