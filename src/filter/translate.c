/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF to eBPF, the whole program: what is reached, how large X and with it the window can
 * get, jumps. Each instruction by itself is in emit.c, loops are in unroll.c.
 */
#include "filter/emit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MSH_MAX 60 /* the longest IPv4 header, the usual content of X */

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

static int emit_all(struct out *o, const struct wide_insn *w, size_t n)
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
		r = emit_insn(o, &w[i], i + 1);
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
		emit(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
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
	emit(o, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	emit(o, BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 0);
	r = emit_all(o, w, n);
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
