/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF to eBPF, instruction by instruction. A is w0, X is w2, r1 points to the window, r3 to
 * r5 are scratch. A load beyond the packet ends without a match, as in libpcap. Loads beyond the
 * window are refused here where their place is constant; where it comes from the packet (X), the
 * window is as large as X can get, at most WB_WINDOW_MAX, and what lies behind does not match.
 */
#include "filter/translate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "waybill/filter.h"

#define OFF_LEN	 offsetof(struct wb_window, len)
#define OFF_CAP	 offsetof(struct wb_window, cap)
#define OFF_M	 offsetof(struct wb_window, m)
#define OFF_DATA offsetof(struct wb_window, data)

/* Classic codes that linux/bpf.h does not name the same way. */
#define C_CLASS(c) ((c)&0x07)
#define C_SIZE(c)  ((c)&0x18)
#define C_MODE(c)  ((c)&0xe0)
#define C_OP(c)	   ((c)&0xf0)
#define C_X(c)	   ((c)&0x08)
enum { C_LD, C_LDX, C_ST, C_STX, C_ALU, C_JMP, C_RET, C_MISC };
enum { C_IMM = 0x00, C_ABS = 0x20, C_IND = 0x40, C_MEM = 0x60, C_LEN = 0x80, C_MSH = 0xa0 };

#define MAX_PER_INSN 12
#define OUT_MAX	     (WB_FILTER_ROOM + MAX_PER_INSN)
#define MSH_MAX	     60		 /* the longest IPv4 header, the usual content of X */
#define ANCILLARY    0xfffff000u /* from here on Linux means notes beside the packet */

enum target { TO_NEXT = -1, TO_FAIL = WIDE_FAIL, TO_END = -3 }; /* else a classic instruction */

struct out {
	struct bpf_insn insns[OUT_MAX];
	int target[OUT_MAX]; /* of jumps, resolved at the end */
	size_t n;
	unsigned window;
	unsigned x_max; /* what X can be, WB_WINDOW_MAX: anything */
	char *err;
	size_t err_size;
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

static int too_far(struct out *o, uint32_t k)
{
	snprintf(o->err, o->err_size,
		 "it looks at byte %u of the packet; in the kernel the first %d can be looked at",
		 k, WB_WINDOW_MAX);
	return -EOPNOTSUPP;
}

/* Packet bytes at the constant place k. */
static int load_abs(struct out *o, uint8_t dst, uint16_t code, uint32_t k)
{
	unsigned size = bytes_of(code);

	if (k >= ANCILLARY) {
		snprintf(o->err, o->err_size,
			 "'inbound', 'outbound' and the like ask for what is not in the packet; "
			 "use -i and the stations instead");
		return -EOPNOTSUPP;
	}
	if (k > WB_WINDOW_MAX - size)
		return too_far(o, k);
	if (k + size > o->window)
		o->window = k + size;
	put(o, BPF_LDX | BPF_MEM | BPF_W, 3, 1, OFF_CAP, 0);
	put_jump(o, BPF_JMP | BPF_JLT | BPF_K, 3, 0, k + size, TO_FAIL);
	put_load(o, dst, 1, code, OFF_DATA + k);
	return 0;
}

/* Packet bytes at X + k. X may come from the packet, so everything is checked when it runs. */
static int load_ind(struct out *o, uint16_t code, uint32_t k)
{
	unsigned size = bytes_of(code), end;

	if (k > INT32_MAX) { /* before the packet's begin: libpcap never finds anything there */
		put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, TO_FAIL);
		return 0;
	}
	if (k > WB_WINDOW_MAX - size)
		return too_far(o, k);
	end = k + size + o->x_max;
	end = end < WB_WINDOW_MAX ? end : WB_WINDOW_MAX;
	if (o->window < end)
		o->window = end;
	put(o, BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0);
	put_jump(o, BPF_JMP | BPF_JGT | BPF_K, 3, 0, WB_WINDOW_MAX - size - k, TO_FAIL);
	put(o, BPF_ALU64 | BPF_MOV | BPF_X, 4, 3, 0, 0);
	put(o, BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, k + size);
	put(o, BPF_LDX | BPF_MEM | BPF_W, 5, 1, OFF_CAP, 0);
	put_jump(o, BPF_JMP | BPF_JLT | BPF_X, 5, 4, 0, TO_FAIL);
	put(o, BPF_ALU64 | BPF_ADD | BPF_X, 3, 1, 0, 0);
	put_load(o, 0, 3, code, OFF_DATA + k);
	return 0;
}

static int put_ld(struct out *o, const struct classic_insn *c)
{
	uint8_t dst = C_CLASS(c->code) == C_LD ? 0 : 2;
	int r;

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
		return load_ind(o, c->code, c->k);
	case C_MSH: /* X = 4 * (byte & 15) */
		r = load_abs(o, 2, 0x10, c->k);
		if (r)
			return r;
		put(o, BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 15);
		put(o, BPF_ALU | BPF_LSH | BPF_K, 2, 0, 0, 2);
		return 0;
	}
	return -EINVAL;
}

/* eBPF takes a shift's distance modulo 32; here 32 and more leave nothing. */
static void put_shift(struct out *o, const struct classic_insn *c)
{
	uint8_t op = C_OP(c->code);

	if (!C_X(c->code)) {
		bool all = c->k > 31;

		put(o, BPF_ALU | (all ? BPF_MOV : op) | BPF_K, 0, 0, 0, all ? 0 : c->k);
		return;
	}
	put(o, BPF_JMP32 | BPF_JLE | BPF_K, 2, 0, 2, 31);
	put(o, BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, 0);
	put(o, BPF_JMP | BPF_JA, 0, 0, 1, 0);
	put(o, BPF_ALU | op | BPF_X, 0, 2, 0, 0);
}

/* The numbers of the operations are the same in both instruction sets. */
static int put_alu(struct out *o, const struct classic_insn *c)
{
	uint8_t op = C_OP(c->code);

	switch (op) {
	case BPF_NEG:
		put(o, BPF_ALU | BPF_NEG, 0, 0, 0, 0);
		return 0;
	case BPF_LSH:
	case BPF_RSH:
		put_shift(o, c);
		return 0;
	case BPF_DIV:
	case BPF_MOD:
		if (C_X(c->code))
			put_jump(o, BPF_JMP32 | BPF_JEQ | BPF_K, 2, 0, 0, TO_FAIL);
		else if (!c->k)
			return -EINVAL;
		break;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		break;
	default:
		return -EINVAL;
	}
	if (C_X(c->code))
		put(o, BPF_ALU | op | BPF_X, 0, 2, 0, 0);
	else
		put(o, BPF_ALU | op | BPF_K, 0, 0, 0, c->k);
	return 0;
}

/* The opposite of a comparison, 0: there is none. */
static uint8_t opposite(uint8_t op)
{
	return op == BPF_JEQ ? BPF_JNE : op == BPF_JGT ? BPF_JLE : op == BPF_JGE ? BPF_JLT : 0;
}

/* One instruction where one of both ways is the next instruction, which is nearly always. */
static void put_jmp(struct out *o, const struct wide_insn *w, int next)
{
	uint8_t op = C_OP(w->c.code), x = C_X(w->c.code);
	int yes = w->yes, no = w->no;

	if (op == BPF_JA || yes == no) {
		put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, yes);
		return;
	}
	if (yes == next && opposite(op)) {
		op = opposite(op);
		yes = no;
		no = next;
	}
	put_jump(o, BPF_JMP32 | op | x, 0, x ? 2 : 0, x ? 0 : w->c.k, yes);
	if (no != next)
		put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, no);
}

static void put_ret(struct out *o, const struct classic_insn *c)
{
	if (C_SIZE(c->code) == 0x10) /* return A: in w0 already */
		put(o, BPF_ALU | BPF_MOV | BPF_X, 0, 0, 0, 0);
	else
		put(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, !!c->k);
	put_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, TO_END);
}

static int put_insn(struct out *o, const struct wide_insn *w, int next)
{
	const struct classic_insn *c = &w->c;

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
		put_jmp(o, w, next);
		return 0;
	case C_RET:
		put_ret(o, c);
		return 0;
	case C_MISC: /* TAX, TXA */
		if (c->code & 0x80)
			put(o, BPF_ALU | BPF_MOV | BPF_X, 0, 2, 0, 0);
		else
			put(o, BPF_ALU | BPF_MOV | BPF_X, 2, 0, 0, 0);
		return 0;
	}
	return -EINVAL;
}

/* The largest X that the program can make. */
static unsigned find_x_max(const struct wide_insn *w, size_t n)
{
	unsigned max = 0;

	for (size_t i = 0; i < n; i++) {
		const struct classic_insn *c = &w[i].c;
		unsigned x = 0;

		if (C_CLASS(c->code) == C_LDX)
			x = C_MODE(c->code) == C_MSH   ? MSH_MAX
			    : C_MODE(c->code) == C_IMM ? c->k
						       : WB_WINDOW_MAX;
		else if (C_CLASS(c->code) == C_MISC && !(c->code & 0x80))
			x = WB_WINDOW_MAX;
		max = x > max ? x : max;
	}
	return max < WB_WINDOW_MAX ? max : WB_WINDOW_MAX;
}

/* The verifier wants no instruction that nothing leads to, so what nothing jumps to is left out. */
static void find_reached(const struct wide_insn *w, size_t n, bool *reached)
{
	reached[0] = true;
	for (size_t i = 0; i < n; i++) {
		uint8_t class = C_CLASS(w[i].c.code);

		if (!reached[i])
			continue;
		if (class == C_JMP) {
			if (w[i].yes >= 0)
				reached[w[i].yes] = true;
			if (w[i].no >= 0)
				reached[w[i].no] = true;
		} else if (class != C_RET) {
			reached[i + 1] = true;
		}
	}
}

static bool can_fail(const struct out *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->target[i] == TO_FAIL)
			return true;
	return false;
}

static void resolve_jumps(struct out *o, const size_t *start, size_t fail, size_t end)
{
	for (size_t i = 0; i < o->n; i++) {
		int t = o->target[i];

		if (t != TO_NEXT)
			o->insns[i].off = (t == TO_FAIL	 ? fail
					   : t == TO_END ? end
							 : start[t]) -
					  i - 1;
	}
}

static int put_all(struct out *o, const struct wide_insn *w, size_t n)
{
	size_t *start = calloc(n + 1, sizeof(*start)), fail;
	bool *reached = calloc(n + 1, sizeof(*reached));
	int r = start && reached ? 0 : -ENOMEM;

	if (r)
		goto out;
	find_reached(w, n, reached);
	for (size_t i = 0; i < n; i++) {
		start[i] = o->n;
		if (!reached[i])
			continue;
		r = put_insn(o, &w[i], i + 1);
		if (r == -EINVAL)
			snprintf(o->err, o->err_size,
				 "it needs what the kernel can't run (classic instruction 0x%x)",
				 w[i].c.code);
		if (r)
			goto out;
		if (o->n + 2 > WB_FILTER_ROOM) {
			snprintf(o->err, o->err_size,
				 "it is too long: %zu instructions of which about %zu fit; a net "
				 "instead of hosts, a portrange instead of ports makes it shorter",
				 n, i);
			r = -E2BIG;
			goto out;
		}
	}
	fail = o->n;
	if (can_fail(o))
		put(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	resolve_jumps(o, start, fail, o->n);
out:
	free(start);
	free(reached);
	return r;
}

int filter_translate(const struct classic_insn *in, size_t n, struct bpf_insn **ret_insns,
		     size_t *ret_n, unsigned *window, char *err, size_t err_size)
{
	struct out *o = calloc(1, sizeof(*o));
	struct wide_insn *w = NULL;
	int r = o ? filter_unroll(in, n, &w, &n) : -ENOMEM;

	if (r)
		goto out;
	o->window = *window;
	o->err = err;
	o->err_size = err_size;
	o->x_max = find_x_max(w, n);
	put(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	put(o, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
	r = put_all(o, w, n);
	if (r)
		goto out;
	*ret_insns = calloc(o->n, sizeof(**ret_insns));
	if (!*ret_insns) {
		r = -ENOMEM;
		goto out;
	}
	memcpy(*ret_insns, o->insns, o->n * sizeof(**ret_insns));
	*ret_n = o->n;
	*window = o->window;
out:
	free(w);
	free(o);
	return r;
}
