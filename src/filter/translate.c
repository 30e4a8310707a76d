/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF to eBPF, one instruction at a time by a table of forms. A is w0, X is w2, r1 points to
 * the window, r3 to r5 are scratch. A load beyond the packet ends without a match, as in libpcap.
 */
#include "filter/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "waybill/filter.h"

#define OFF_LEN offsetof(struct wb_window, len)
#define OFF_CAP offsetof(struct wb_window, cap)
#define OFF_M offsetof(struct wb_window, m)
#define OFF_DATA offsetof(struct wb_window, data)

/* Classic codes that linux/bpf.h does not name the same way. */
#define C_CLASS(c) ((c) & 0x07)
#define C_SIZE(c) ((c) & 0x18)
#define C_MODE(c) ((c) & 0xe0)
#define C_OP(c) ((c) & 0xf0)
#define C_X(c) ((c) & 0x08)
enum { C_LD, C_LDX, C_ST, C_STX, C_ALU, C_JMP, C_RET, C_MISC };
enum { C_IMM = 0x00, C_ABS = 0x20, C_IND = 0x40, C_MEM = 0x60, C_LEN = 0x80, C_MSH = 0xa0 };

#define MAX_PER_INSN 10

enum target { TO_NEXT = -1, TO_FAIL = -2, TO_END = -3 }; /* else an index of the classic program */

struct out {
	struct bpf_insn insns[WB_FILTER_ROOM + MAX_PER_INSN];
	int target[WB_FILTER_ROOM + MAX_PER_INSN]; /* of jumps, resolved at the end */
	size_t n;
	unsigned window;
};

static void put(struct out *o, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	o->insns[o->n] = (struct bpf_insn){code, dst, src, off, imm};
	o->target[o->n++] = TO_NEXT;
}

static void put_jump(struct out *o, uint8_t code, uint8_t dst, uint8_t src, int32_t imm, int target)
{
	put(o, code, dst, src, 0, imm);
	o->target[o->n - 1] = target;
}

static unsigned bytes_of(uint16_t code)
{
	return C_SIZE(code) == 0x00 ? 4 : C_SIZE(code) == 0x08 ? 2 : 1;
}

/* dst = size bytes at src + off, in host order */
static void put_load(struct out *o, uint8_t dst, uint8_t src, uint16_t code, int16_t off)
{
	put(o, BPF_LDX | BPF_MEM | C_SIZE(code), dst, src, off, 0);
	if (bytes_of(code) > 1)
		put(o, BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bytes_of(code) * 8);
}

/* Packet bytes at the constant place k. */
static int load_abs(struct out *o, uint8_t dst, uint16_t code, uint32_t k)
{
	unsigned size = bytes_of(code);

	if (k > WB_WINDOW_MAX - size)
		return -EOPNOTSUPP;
	if (k + size > o->window)
		o->window = k + size;
	put(o, BPF_LDX | BPF_MEM | BPF_W, 3, 1, OFF_CAP, 0);
	put_jump(o, BPF_JMP | BPF_JLT | BPF_K, 3, 0, k + size, TO_FAIL);
	put_load(o, dst, 1, code, OFF_DATA + k);
	return 0;
}

/* Packet bytes at X + k. X comes from the packet, so everything is checked when it runs. */
static void load_ind(struct out *o, uint16_t code, uint32_t k)
{
	unsigned size = bytes_of(code);

	o->window = WB_WINDOW_MAX < 128 + k ? WB_WINDOW_MAX : (o->window > 128 ? o->window : 128);
	put(o, BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0);
	put(o, BPF_ALU | BPF_ADD | BPF_K, 3, 0, 0, k);
	put_jump(o, BPF_JMP | BPF_JGT | BPF_K, 3, 0, WB_WINDOW_MAX - size, TO_FAIL);
	put(o, BPF_ALU64 | BPF_MOV | BPF_X, 4, 3, 0, 0);
	put(o, BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, size);
	put(o, BPF_LDX | BPF_MEM | BPF_W, 5, 1, OFF_CAP, 0);
	put_jump(o, BPF_JMP | BPF_JLT | BPF_X, 5, 4, 0, TO_FAIL);
	put(o, BPF_ALU64 | BPF_ADD | BPF_X, 3, 1, 0, 0);
	put_load(o, 0, 3, code, OFF_DATA);
}

static int put_ld(struct out *o, const struct classic_insn *c)
{
	uint8_t dst = C_CLASS(c->code) == C_LD ? 0 : 2;

	switch (C_MODE(c->code)) {
	case C_IMM:
		put(o, BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, c->k);
		return 0;
	case C_MEM:
		put(o, BPF_LDX | BPF_MEM | BPF_W, dst, 1, OFF_M + 4 * (c->k & 15), 0);
		return 0;
	case C_LEN:
		put(o, BPF_LDX | BPF_MEM | BPF_W, dst, 1, OFF_LEN, 0);
		return 0;
	case C_ABS:
		return load_abs(o, dst, c->code, c->k);
	case C_IND:
		load_ind(o, c->code, c->k);
		return 0;
	case C_MSH: { /* X = 4 * (byte & 15) */
		int r = load_abs(o, 2, 0x10, c->k);

		if (r)
			return r;
		put(o, BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 15);
		put(o, BPF_ALU | BPF_LSH | BPF_K, 2, 0, 0, 2);
		return 0;
	}
	}
	return -EINVAL;
}

static int put_alu(struct out *o, const struct classic_insn *c)
{
	bool div = C_OP(c->code) == BPF_DIV || C_OP(c->code) == BPF_MOD;

	if (C_OP(c->code) == BPF_NEG) {
		put(o, BPF_ALU | BPF_NEG, 0, 0, 0, 0);
		return 0;
	}
	if (div && !C_X(c->code) && !c->k)
		return -EINVAL;
	if (div && C_X(c->code))
		put_jump(o, BPF_JMP32 | BPF_JEQ | BPF_K, 2, 0, 0, TO_FAIL);
	if ((C_OP(c->code) == BPF_LSH || C_OP(c->code) == BPF_RSH) && !C_X(c->code) && c->k > 31) {
		put(o, BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, 0);
		return 0;
	}
	/* the numbers of the operations are the same in both instruction sets */
	if (C_X(c->code))
		put(o, BPF_ALU | C_OP(c->code) | BPF_X, 0, 2, 0, 0);
	else
		put(o, BPF_ALU | C_OP(c->code) | BPF_K, 0, 0, 0, c->k);
	return 0;
}

static int put_jmp(struct out *o, const struct classic_insn *c, size_t at)
{
	int yes = at + 1 + c->jt, no = at + 1 + c->jf;

	if (C_OP(c->code) == BPF_JA) {
		put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, at + 1 + c->k);
		return 0;
	}
	/* JEQ, JGT, JGE and JSET have the same numbers, too */
	put_jump(o, BPF_JMP32 | C_OP(c->code) | C_X(c->code), 0, C_X(c->code) ? 2 : 0,
		 C_X(c->code) ? 0 : c->k, yes);
	put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, no);
	return 0;
}

static int put_ret(struct out *o, const struct classic_insn *c)
{
	if (C_SIZE(c->code) == 0x10) /* return A: in w0 already */
		put(o, BPF_ALU | BPF_MOV | BPF_X, 0, 0, 0, 0);
	else
		put(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, !!c->k);
	put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, TO_END);
	return 0;
}

static int put_insn(struct out *o, const struct classic_insn *c, size_t at)
{
	switch (C_CLASS(c->code)) {
	case C_LD:
	case C_LDX:
		return put_ld(o, c);
	case C_ST:
		put(o, BPF_STX | BPF_MEM | BPF_W, 1, 0, OFF_M + 4 * (c->k & 15), 0);
		return 0;
	case C_STX:
		put(o, BPF_STX | BPF_MEM | BPF_W, 1, 2, OFF_M + 4 * (c->k & 15), 0);
		return 0;
	case C_ALU:
		return put_alu(o, c);
	case C_JMP:
		return put_jmp(o, c, at);
	case C_RET:
		return put_ret(o, c);
	case C_MISC: /* TAX, TXA */
		if (c->code & 0x80)
			put(o, BPF_ALU | BPF_MOV | BPF_X, 0, 2, 0, 0);
		else
			put(o, BPF_ALU | BPF_MOV | BPF_X, 2, 0, 0, 0);
		return 0;
	}
	return -EINVAL;
}

static void resolve_jumps(struct out *o, const size_t *start, size_t fail, size_t end)
{
	for (size_t i = 0; i < o->n; i++) {
		size_t to;

		if (o->target[i] == TO_NEXT)
			continue;
		to = o->target[i] == TO_FAIL ? fail : o->target[i] == TO_END ? end :
									     start[o->target[i]];
		o->insns[i].off = (int)to - (int)i - 1;
	}
}

int filter_translate(const struct classic_insn *in, size_t n, struct bpf_insn **ret_insns,
		     size_t *ret_n, unsigned *window, char *err, size_t err_size)
{
	struct out *o = calloc(1, sizeof(*o));
	size_t *start = calloc(n + 1, sizeof(*start)), fail;
	int r = -ENOMEM;

	if (!o || !start)
		goto out;
	o->window = *window;
	put(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	put(o, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
	for (size_t i = 0; i < n; i++) {
		start[i] = o->n;
		r = put_insn(o, &in[i], i);
		if (r == -EOPNOTSUPP)
			snprintf(err, err_size, "the filter looks at byte %u of the packet; in the kernel the first %d can be looked at",
				 in[i].k, WB_WINDOW_MAX);
		else if (r)
			snprintf(err, err_size, "the filter needs something that the kernel's packets don't have (instruction 0x%x)",
				 in[i].code);
		if (r)
			goto out;
		if (o->n + 4 > WB_FILTER_ROOM) {
			snprintf(err, err_size, "the filter is too long: %zu instructions, about %d fit; shorten it (a net instead of hosts, a portrange instead of ports)",
				 n, WB_FILTER_ROOM / 4);
			r = -E2BIG;
			goto out;
		}
	}
	fail = o->n;
	put(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	resolve_jumps(o, start, fail, o->n);
	*ret_insns = malloc(o->n * sizeof(**ret_insns));
	if (!*ret_insns) {
		r = -ENOMEM;
		goto out;
	}
	for (size_t i = 0; i < o->n; i++)
		(*ret_insns)[i] = o->insns[i];
	*ret_n = o->n;
	*window = o->window;
	r = 0;
out:
	free(start);
	free(o);
	return r;
}
