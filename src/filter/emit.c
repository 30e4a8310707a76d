/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads beyond the window are refused here where their place is constant; where it comes from the
 * packet (X), the window is as large as X can get, at most WB_WINDOW_MAX, and what lies behind does
 * not match.
 */
#include "filter/emit.h"

#include <errno.h>
#include <stdio.h>

#define OFF_LEN	 offsetof(struct wb_window, len)
#define OFF_CAP	 offsetof(struct wb_window, cap)
#define OFF_M	 offsetof(struct wb_window, m)
#define OFF_DATA offsetof(struct wb_window, data)

#define ANCILLARY 0xfffff000u /* from here on Linux means notes beside the packet */

void emit(struct out *o, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	o->insns[o->n] = (struct bpf_insn){code, dst, src, off, imm};
	o->target[o->n++] = TO_NEXT;
}

static void emit_jump(struct out *o, uint8_t code, uint8_t dst, uint8_t src, int32_t imm,
		      int target)
{
	emit(o, code, dst, src, 0, imm);
	o->target[o->n - 1] = target;
}

static unsigned bytes_of(uint16_t code)
{
	return C_SIZE(code) == 0x00 ? 4 : C_SIZE(code) == 0x08 ? 2 : 1;
}

/* dst = size bytes at src + off, in host order */
static void emit_load(struct out *o, uint8_t dst, uint8_t src, uint16_t code, int16_t off)
{
	emit(o, BPF_LDX | BPF_MEM | C_SIZE(code), dst, src, off, 0);
	if (bytes_of(code) > 1)
		emit(o, BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bytes_of(code) * 8);
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
	emit(o, BPF_LDX | BPF_MEM | BPF_W, 3, 1, OFF_CAP, 0);
	emit_jump(o, BPF_JMP | BPF_JLT | BPF_K, 3, 0, k + size, TO_FAIL);
	emit_load(o, dst, 1, code, OFF_DATA + k);
	return 0;
}

/* Packet bytes at X + k. X may come from the packet, so everything is checked when it runs. */
static int load_ind(struct out *o, uint16_t code, uint32_t k)
{
	unsigned size = bytes_of(code), end;

	if (k > INT32_MAX) { /* before the packet's begin: libpcap never finds anything there */
		emit_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, TO_FAIL);
		return 0;
	}
	if (k > WB_WINDOW_MAX - size)
		return too_far(o, k);
	end = k + size + o->x_max;
	end = end < WB_WINDOW_MAX ? end : WB_WINDOW_MAX;
	if (o->window < end)
		o->window = end;
	emit(o, BPF_ALU | BPF_MOV | BPF_X, 3, 2, 0, 0);
	emit_jump(o, BPF_JMP | BPF_JGT | BPF_K, 3, 0, WB_WINDOW_MAX - size - k, TO_FAIL);
	emit(o, BPF_ALU64 | BPF_MOV | BPF_X, 4, 3, 0, 0);
	emit(o, BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, k + size);
	emit(o, BPF_LDX | BPF_MEM | BPF_W, 5, 1, OFF_CAP, 0);
	emit_jump(o, BPF_JMP | BPF_JLT | BPF_X, 5, 4, 0, TO_FAIL);
	emit(o, BPF_ALU64 | BPF_ADD | BPF_X, 3, 1, 0, 0);
	emit_load(o, 0, 3, code, OFF_DATA + k);
	return 0;
}

static int emit_ld(struct out *o, const struct classic_insn *c)
{
	uint8_t dst = C_CLASS(c->code) == C_LD ? 0 : 2;
	int r;

	switch (C_MODE(c->code)) {
	case C_IMM:
		emit(o, BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, c->k);
		return 0;
	case C_MEM:
		emit(o, BPF_LDX | BPF_MEM | BPF_W, dst, 1, OFF_M + 4 * (c->k & 15), 0);
		return 0;
	case C_LEN:
		emit(o, BPF_LDX | BPF_MEM | BPF_W, dst, 1, OFF_LEN, 0);
		return 0;
	case C_ABS:
		return load_abs(o, dst, c->code, c->k);
	case C_IND:
		return load_ind(o, c->code, c->k);
	case C_MSH: /* X = 4 * (byte & 15) */
		r = load_abs(o, 2, 0x10, c->k);
		if (r)
			return r;
		emit(o, BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 15);
		emit(o, BPF_ALU | BPF_LSH | BPF_K, 2, 0, 0, 2);
		return 0;
	}
	return -EINVAL;
}

/* eBPF takes a shift's distance modulo 32; here 32 and more leave nothing. */
static void emit_shift(struct out *o, const struct classic_insn *c)
{
	uint8_t op = C_OP(c->code);

	if (!C_X(c->code)) {
		bool all = c->k > 31;

		emit(o, BPF_ALU | (all ? BPF_MOV : op) | BPF_K, 0, 0, 0, all ? 0 : c->k);
		return;
	}
	emit(o, BPF_JMP32 | BPF_JLE | BPF_K, 2, 0, 2, 31);
	emit(o, BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, 0);
	emit(o, BPF_JMP | BPF_JA, 0, 0, 1, 0);
	emit(o, BPF_ALU | op | BPF_X, 0, 2, 0, 0);
}

/* The numbers of the operations are the same in both instruction sets. */
static int emit_alu(struct out *o, const struct classic_insn *c)
{
	uint8_t op = C_OP(c->code);

	switch (op) {
	case BPF_NEG:
		emit(o, BPF_ALU | BPF_NEG, 0, 0, 0, 0);
		return 0;
	case BPF_LSH:
	case BPF_RSH:
		emit_shift(o, c);
		return 0;
	case BPF_DIV:
	case BPF_MOD:
		if (C_X(c->code))
			emit_jump(o, BPF_JMP32 | BPF_JEQ | BPF_K, 2, 0, 0, TO_FAIL);
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
		emit(o, BPF_ALU | op | BPF_X, 0, 2, 0, 0);
	else
		emit(o, BPF_ALU | op | BPF_K, 0, 0, 0, c->k);
	return 0;
}

/* The opposite of a comparison, 0: there is none. */
static uint8_t opposite(uint8_t op)
{
	return op == BPF_JEQ ? BPF_JNE : op == BPF_JGT ? BPF_JLE : op == BPF_JGE ? BPF_JLT : 0;
}

/* One instruction where one of both ways is the next instruction, which is nearly always. */
static void emit_jmp(struct out *o, const struct wide_insn *w, int next)
{
	uint8_t op = C_OP(w->c.code), x = C_X(w->c.code);
	int yes = w->yes, no = w->no;

	if (op == BPF_JA || yes == no) {
		emit_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, yes);
		return;
	}
	if (yes == next && opposite(op)) {
		op = opposite(op);
		yes = no;
		no = next;
	}
	emit_jump(o, BPF_JMP32 | op | x, 0, x ? 2 : 0, x ? 0 : w->c.k, yes);
	if (no != next)
		emit_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, no);
}

static void emit_ret(struct out *o, const struct classic_insn *c)
{
	if (C_SIZE(c->code) == 0x10) /* return A: in w0 already */
		emit(o, BPF_ALU | BPF_MOV | BPF_X, 0, 0, 0, 0);
	else
		emit(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, !!c->k);
	emit_jump(o, BPF_JMP | BPF_JA, 0, 0, 0, TO_END);
}

int emit_insn(struct out *o, const struct wide_insn *w, int next)
{
	const struct classic_insn *c = &w->c;

	switch (C_CLASS(c->code)) {
	case C_LD:
	case C_LDX:
		return emit_ld(o, c);
	case C_ST:
		emit(o, BPF_STX | BPF_MEM | BPF_W, 1, 0, OFF_M + 4 * (c->k & 15), 0);
		return 0;
	case C_STX:
		emit(o, BPF_STX | BPF_MEM | BPF_W, 1, 2, OFF_M + 4 * (c->k & 15), 0);
		return 0;
	case C_ALU:
		return emit_alu(o, c);
	case C_JMP:
		emit_jmp(o, w, next);
		return 0;
	case C_RET:
		emit_ret(o, c);
		return 0;
	case C_MISC: /* TAX, TXA */
		if (c->code & 0x80)
			emit(o, BPF_ALU | BPF_MOV | BPF_X, 0, 2, 0, 0);
		else
			emit(o, BPF_ALU | BPF_MOV | BPF_X, 2, 0, 0, 0);
		return 0;
	}
	return -EINVAL;
}
