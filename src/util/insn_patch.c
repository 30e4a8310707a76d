/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing instructions into the marked regions of a BPF program. */
#include "util/insn_patch.h"

#include <errno.h>
#include <string.h>

/*
 * The rest of a region is never run. A jump over it is always taken, but looks as if it could be
 * not: an instruction that nothing leads to is an error, one that is never reached the verifier
 * removes, without a step through each of them.
 */
static void skip_rest(struct bpf_insn *rest, size_t n)
{
	if (n < 3)
		return;
	rest[0] = (struct bpf_insn){BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_5, 0, 0, 0};
	rest[1] = (struct bpf_insn){BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_5, 0, (int)n - 2, 0};
}

int insn_patch(struct bpf_insn *insns, size_t n, uint32_t magic, size_t room,
	       const struct bpf_insn *code, size_t n_code)
{
	const uint8_t mov64 = BPF_ALU64 | BPF_MOV | BPF_K, mov32 = BPF_ALU | BPF_MOV | BPF_K;
	int regions = 0;

	if (n_code > room + 1)
		return -E2BIG;
	for (size_t i = 0; i + room < n; i++) {
		if ((insns[i].code != mov64 && insns[i].code != mov32) ||
		    (uint32_t)insns[i].imm != magic || insns[i].dst_reg)
			continue;
		memcpy(&insns[i], code, n_code * sizeof(*code));
		skip_rest(&insns[i + n_code], room + 1 - n_code);
		regions++;
		i += room;
	}
	return regions;
}
