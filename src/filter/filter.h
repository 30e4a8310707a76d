/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pcap-filter(7) expression as instructions: classic BPF by libpcap, translated to eBPF for the
 * kernel, and run as it is for recordings. Where in a BPF program it goes: util/insn_patch.h.
 */
#ifndef WAYBILL_FILTER_FILTER_H
#define WAYBILL_FILTER_FILTER_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_program; /* libpcap's, not libbpf's */

struct filter_code {
	struct bpf_insn *insns; /* eBPF, owned */
	size_t n;
	bool never;    /* the expression makes no sense for such packets */
	void *classic; /* libpcap's program, owned */
};

struct filter {
	bool all;	       /* no expression: everything matches */
	struct filter_code l2; /* packets that begin with an Ethernet header */
	struct filter_code l3; /* packets that begin with an IP header */
	bool vlan; /* it says "vlan": only then it sees the tags that the kernel keeps beside a
		      packet */
	unsigned window; /* bytes of a packet that are looked at */
};

/*
 * Compiles expr ("" or NULL: everything). Returns 0; -EINVAL: not a filter expression; -EOPNOTSUPP,
 * -E2BIG: one that can't run in the kernel. err then holds a sentence for the user.
 */
int filter_compile(const char *expr, struct filter *ret, char *err, size_t err_size);

/* For recordings: does the packet, of len bytes on the wire with caplen at data, match? */
bool filter_match(const struct filter *f, bool l2, const void *data, size_t caplen, size_t len);

/* As in the kernel: a packet counts if it matched at any point of its way. */
struct journey;
bool filter_passes(const struct filter *f, const struct journey *j);

void filter_clear(struct filter *f);

/*
 * eBPF for one classic program (an array of n struct bpf_insn of libpcap), to run inside a region
 * of include/waybill/filter.h. *ret_insns is owned by the caller; *window grows to what is read.
 */
struct classic_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};
int filter_translate(const struct classic_insn *in, size_t n, struct bpf_insn **ret_insns,
		     size_t *ret_n, unsigned *window, char *err, size_t err_size);

#endif
