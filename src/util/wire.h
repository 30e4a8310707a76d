/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers of 16 and 32 bits as packets have them, most significant byte first, at any address. */
#ifndef WAYBILL_UTIL_WIRE_H
#define WAYBILL_UTIL_WIRE_H

#include <stdint.h>

static inline uint16_t get_be16(const uint8_t *b)
{
	return b[0] << 8 | b[1];
}

static inline uint32_t get_be32(const uint8_t *b)
{
	return (uint32_t)get_be16(b) << 16 | get_be16(b + 2);
}

static inline void put_be16(uint8_t *to, uint32_t v)
{
	to[0] = v >> 8;
	to[1] = v;
}

static inline void put_be32(uint8_t *to, uint32_t v)
{
	put_be16(to, v >> 16);
	put_be16(to + 2, v);
}

#endif
