/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Eight bytes at a time: a byte that says which of them are not zero, then those. The header is
 * first subtracted (xor) from the one before it.
 */
#include "journey/pack.h"

#include <string.h>

static size_t put(uint8_t *out, const uint8_t *p, const uint8_t *base, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i += 8) {
		size_t mark = at++;
		uint8_t bits = 0;

		for (size_t k = 0; k < 8 && i + k < n; k++) {
			uint8_t c = p[i + k] ^ (base ? base[i + k] : 0);

			out[at] = c;
			at += c != 0;
			bits |= (c != 0) << k;
		}
		out[mark] = bits;
	}
	return at;
}

static size_t get(const uint8_t *in, uint8_t *p, const uint8_t *base, size_t n)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i += 8) {
		uint8_t bits = in[at++];

		for (size_t k = 0; k < 8 && i + k < n; k++) {
			uint8_t c = bits >> k & 1 ? in[at++] : 0;

			p[i + k] = c ^ (base ? base[i + k] : 0);
		}
	}
	return at;
}

size_t pack_event(uint8_t *out, const struct wb_event *ev, const struct wb_event *before)
{
	size_t n = put(out, (const uint8_t *)ev, (const uint8_t *)before, sizeof(*ev));

	return n + put(out + n, (const uint8_t *)(ev + 1), NULL, ev->size - sizeof(*ev));
}

size_t unpack_event(const uint8_t *in, const struct wb_event *before, struct wb_event *ret)
{
	struct wb_event head;
	size_t n = get(in, (uint8_t *)&head, (const uint8_t *)before, sizeof(head));

	*ret = head;
	return n + get(in + n, (uint8_t *)(ret + 1), NULL, head.size - sizeof(head));
}
