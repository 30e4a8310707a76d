/* SPDX-License-Identifier: GPL-2.0-only */
/* See bits.h. Callers keep within BITS_MAX. */
#include "firewall/bits.h"

#include <string.h>

void bits_set(struct bits *b, size_t at, const void *value, size_t n)
{
	memcpy(b->v + at, value, n);
	memset(b->known + at, 0xff, n);
}

void bits_set_u8(struct bits *b, size_t at, uint8_t value)
{
	bits_set(b, at, &value, 1);
}

void bits_set_be16(struct bits *b, size_t at, uint16_t value)
{
	bits_set(b, at, (uint8_t[]){value >> 8, value}, 2);
}

void bits_set_be32(struct bits *b, size_t at, uint32_t value)
{
	bits_set(b, at, (uint8_t[]){value >> 24, value >> 16, value >> 8, value}, 4);
}

void bits_forget(struct bits *b, size_t at, size_t n)
{
	memset(b->v + at, 0, n);
	memset(b->known + at, 0, n);
}

void bits_join(struct bits *b, const struct bits *other)
{
	for (size_t i = 0; i < BITS_MAX; i++) {
		b->known[i] &= other->known[i] & ~(b->v[i] ^ other->v[i]);
		b->v[i] &= b->known[i];
	}
}

void bits_load(struct bits *b, size_t at, const struct bits *from, size_t from_at, size_t n)
{
	static const uint8_t zeros[4];
	size_t rest = (4 - (at + n) % 4) % 4;

	memmove(b->v + at, from->v + from_at, n);
	memmove(b->known + at, from->known + from_at, n);
	if (at + n + rest <= BITS_MAX)
		bits_set(b, at + n, zeros, rest);
}

bool bits_known(const struct bits *b, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (b->known[at + i] != 0xff)
			return false;
	return true;
}

enum tri bits_equal(const struct bits *b, size_t at, const uint8_t *value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((b->v[at + i] ^ value[i]) & b->known[at + i])
			return NO;
	return bits_known(b, at, n) ? YES : UNKNOWN;
}

enum tri bits_less(const struct bits *b, size_t at, const uint8_t *value, size_t n, bool or_equal)
{
	uint8_t low[BITS_MAX], high[BITS_MAX];
	int lowest, highest;

	for (size_t i = 0; i < n; i++) {
		low[i] = b->v[at + i];
		high[i] = b->v[at + i] | (uint8_t)~b->known[at + i];
	}
	lowest = memcmp(low, value, n);
	highest = memcmp(high, value, n);
	if (or_equal)
		return highest <= 0 ? YES : lowest > 0 ? NO : UNKNOWN;
	return highest < 0 ? YES : lowest >= 0 ? NO : UNKNOWN;
}
