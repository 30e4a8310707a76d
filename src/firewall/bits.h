/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes of which each bit is 0, 1 or not known, and conditions on them, which hold, don't, or can't
 * be told. What the bytes mean is not known here.
 */
#ifndef WAYBILL_FIREWALL_BITS_H
#define WAYBILL_FIREWALL_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tri { NO = 0, YES = 1, UNKNOWN = 2 };

static inline enum tri tri_not(enum tri a)
{
	return a == UNKNOWN ? UNKNOWN : a == YES ? NO : YES;
}

static inline enum tri tri_inverted(enum tri a, bool invert)
{
	return invert ? tri_not(a) : a;
}

static inline enum tri tri_and(enum tri a, enum tri b)
{
	return a == NO || b == NO ? NO : a == YES && b == YES ? YES : UNKNOWN;
}

static inline enum tri tri_or(enum tri a, enum tri b)
{
	return a == YES || b == YES ? YES : a == NO && b == NO ? NO : UNKNOWN;
}

#define BITS_MAX 64
struct bits { /* a bit that is not known is 0 in v */
	uint8_t v[BITS_MAX], known[BITS_MAX];
};

void bits_set(struct bits *b, size_t at, const void *value, size_t n);
void bits_set_u8(struct bits *b, size_t at, uint8_t value);
void bits_set_be16(struct bits *b, size_t at, uint16_t value);
void bits_set_be32(struct bits *b, size_t at, uint32_t value);
/* Nothing is known of these bytes. */
void bits_forget(struct bits *b, size_t at, size_t n);
/* What holds in both. */
void bits_join(struct bits *b, const struct bits *other);
/* n bytes of from; behind them zeros up to the next full word, as the kernel has it. */
void bits_load(struct bits *b, size_t at, const struct bits *from, size_t from_at, size_t n);

enum tri bits_equal(const struct bits *b, size_t at, const uint8_t *value, size_t n);
/* All n bytes compared as one big number: b < value, b <= value. */
enum tri bits_less(const struct bits *b, size_t at, const uint8_t *value, size_t n, bool or_equal);
bool bits_known(const struct bits *b, size_t at, size_t n);

#endif
