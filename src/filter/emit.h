/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the filter's room: one classic instruction as eBPF. A is w0, X is w2, r1 points to the
 * window, r3 to r5 are scratch. A load beyond the packet ends without a match, as in libpcap.
 */
#ifndef WAYBILL_FILTER_EMIT_H
#define WAYBILL_FILTER_EMIT_H

#include "filter/translate.h"
#include "waybill/filter.h"

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

enum target { TO_NEXT = -1, TO_FAIL = WIDE_FAIL, TO_END = -3 }; /* else a classic instruction */

/* The program so far, with room for one more instruction's. */
struct out {
	struct bpf_insn insns[OUT_MAX];
	int target[OUT_MAX]; /* of jumps, resolved at the end */
	size_t n;
	unsigned window;
	unsigned x_max; /* what X can be, WB_WINDOW_MAX: anything */
	char *err;
	size_t err_size;
};

/* One instruction of eBPF. */
void emit(struct out *o, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm);
/*
 * One classic instruction; next: the number of the one behind it. 0; -EINVAL: it is none that can
 * be translated; -EOPNOTSUPP, with a sentence in o->err.
 */
int emit_insn(struct out *o, const struct wide_insn *w, int next);

#endif
