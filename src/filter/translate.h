/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the filter's room: a classic program's instructions on their way to eBPF. */
#ifndef WAYBILL_FILTER_TRANSLATE_H
#define WAYBILL_FILTER_TRANSLATE_H

#include "filter/filter.h"

#define WIDE_FAIL (-2)

struct wide_insn { /* with jump targets that are indexes and may be far */
	struct classic_insn c;
	int yes, no; /* -1: none; WIDE_FAIL: no match */
};

/* The program without loops; *ret is owned by the caller. */
int filter_unroll(const struct classic_insn *in, size_t n, struct wide_insn **ret, size_t *ret_n);

#endif
