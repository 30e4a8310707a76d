/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In blocks of 64 bytes: a byte that says which groups of eight hold anything, then for each of
 * those a byte that says which of its bytes are not zero, and these. The header is first subtracted
 * (xor) from the one before it.
 */
#include "journey/pack.h"

#include <string.h>

/* Eight bytes, or as many as there are, less those of base. */
static uint64_t word_at(const uint8_t *p, const uint8_t *base, size_t n)
{
	uint64_t word = 0, before = 0;

	memcpy(&word, p, n);
	if (base)
		memcpy(&before, base, n);
	return word ^ before;
}

static size_t put_group(uint8_t *out, uint64_t word)
{
	uint8_t bits = 0;
	size_t at = 1;

	for (unsigned k = 0; k < 8; k++, word >>= 8) {
		uint8_t c = word;

		out[at] = c;
		at += c != 0;
		bits |= (c != 0) << k;
	}
	out[0] = bits;
	return at;
}

static size_t put(uint8_t *out, const uint8_t *p, const uint8_t *base, size_t n)
{
	size_t at = 0, mark = 0;

	for (size_t i = 0; i < n; i += 8) {
		uint64_t word = word_at(p + i, base ? base + i : NULL, n - i < 8 ? n - i : 8);

		if (i % 64 == 0) {
			mark = at++;
			out[mark] = 0;
		}
		if (!word)
			continue;
		out[mark] |= 1 << (i % 64 / 8);
		at += put_group(out + at, word);
	}
	return at;
}

static size_t get_group(const uint8_t *in, uint64_t *ret)
{
	unsigned bits = in[0];
	size_t at = 1;

	*ret = 0;
	for (unsigned k = 0; bits; k++, bits >>= 1)
		if (bits & 1)
			*ret |= (uint64_t)in[at++] << 8 * k;
	return at;
}

static size_t get(const uint8_t *in, uint8_t *p, const uint8_t *base, size_t n)
{
	size_t at = 0;
	uint8_t groups = 0;

	for (size_t i = 0; i < n; i += 8) {
		size_t part = n - i < 8 ? n - i : 8;
		uint64_t word = 0;

		if (i % 64 == 0)
			groups = in[at++];
		if (groups >> (i % 64 / 8) & 1)
			at += get_group(in + at, &word);
		if (base)
			word ^= word_at(base + i, NULL, part);
		memcpy(p + i, &word, part);
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
