/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loops in classic programs. `protochain` walks from header to header in a loop, which a verifier
 * can't follow through the scratch memory. So the loop's body is repeated, WALK times; what is
 * nested deeper does not match.
 */
#include "filter/translate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JA   0x05
#define WALK 6 /* headers, one behind the other, that a protochain walks over */

static bool is_jump(const struct classic_insn *c)
{
	return (c->code & 0x07) == 0x05;
}

/* The loop's first and last instruction. False: there is none. */
static bool find_loop(const struct classic_insn *in, size_t n, size_t *first, size_t *last)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		size_t to = i + 1 + (int32_t)in[i].k;

		if (in[i].code != JA || (int32_t)in[i].k >= 0)
			continue;
		*first = any && *first < to ? *first : to;
		*last = i;
		any = true;
	}
	return any;
}

/* Instructions from first to last, once more; jumps back go to the copy that follows. */
static void copy_body(struct wide_insn *out, const struct wide_insn *body, size_t len, size_t first,
		      size_t shift, bool final)
{
	for (size_t i = 0; i < len; i++) {
		struct wide_insn w = body[i];
		bool back = w.c.code == JA && w.yes >= (int)first && w.yes <= (int)(first + i);
		int *jumps[] = {&w.yes, &w.no};

		if (back) {
			w.yes = final ? WIDE_FAIL : w.yes + (int)(shift + len);
			out[i] = w;
			continue;
		}
		for (int j = 0; j < 2; j++) {
			if (*jumps[j] < 0)
				continue;
			*jumps[j] += *jumps[j] < (int)(first + len) ? (int)shift
								    : (int)((WALK - 1) * len);
		}
		out[i] = w;
	}
}

static void widen(const struct classic_insn *in, size_t n, struct wide_insn *out)
{
	for (size_t i = 0; i < n; i++) {
		out[i] = (struct wide_insn){.c = in[i], .yes = -1, .no = -1};
		if (!is_jump(&in[i]))
			continue;
		out[i].yes = i + 1 + (in[i].code == JA ? (int32_t)in[i].k : in[i].jt);
		out[i].no = in[i].code == JA ? -1 : (int)(i + 1 + in[i].jf);
	}
}

int filter_unroll(const struct classic_insn *in, size_t n, struct wide_insn **ret, size_t *ret_n)
{
	size_t first = 0, last = 0, len, grow;
	bool loop = find_loop(in, n, &first, &last);
	struct wide_insn *w;

	len = loop ? last - first + 1 : 0;
	grow = loop ? (WALK - 1) * len : 0;
	if (loop && last >= n)
		return -EINVAL;
	w = calloc(n + grow + 1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	widen(in, n, w);
	if (loop) {
		struct wide_insn *body = calloc(len, sizeof(*body));

		if (!body) {
			free(w);
			return -ENOMEM;
		}
		memcpy(body, w + first, len * sizeof(*body));
		memmove(w + last + 1 + grow, w + last + 1, (n - last - 1) * sizeof(*w));
		for (size_t i = 0; i < n + grow; i++) {
			if (i == first)
				i = last + 1 + grow;
			if (i >= n + grow)
				break;
			if (w[i].yes > (int)last)
				w[i].yes += grow;
			if (w[i].no > (int)last)
				w[i].no += grow;
		}
		for (int k = 0; k < WALK; k++)
			copy_body(w + first + k * len, body, len, first, k * len, k == WALK - 1);
		free(body);
	}
	*ret = w;
	*ret_n = n + grow;
	return 0;
}
