/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing instructions into the marked regions of a BPF program; knows nothing of filters. */
#ifndef WAYBILL_UTIL_INSN_PATCH_H
#define WAYBILL_UTIL_INSN_PATCH_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finds each "r0 = magic" followed by room no-operations in insns and writes code over it, which
 * ends by reaching its end with the result in r0 and may use r5.
 * Returns the number of regions, -E2BIG if the code is longer than one.
 */
int insn_patch(struct bpf_insn *insns, size_t n, uint32_t magic, size_t room,
	       const struct bpf_insn *code, size_t n_code);

#endif
