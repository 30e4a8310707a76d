/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing instructions into the marked regions of a BPF program. */
#include "util/insn_patch.h"

#include <errno.h>
#include <string.h>

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
		regions++;
		i += room;
	}
	return regions;
}
