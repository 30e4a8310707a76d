/* SPDX-License-Identifier: GPL-2.0-only */
/* The sums that packets carry: the Internet's, and SCTP's. */
#ifndef WAYBILL_SEND_CHECKSUM_H
#define WAYBILL_SEND_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* s and the 16-bit words of these bytes, not folded yet. */
uint32_t checksum_add(const uint8_t *b, size_t n, uint32_t s);
/* Of the pseudo header of n bytes of transport between these addresses, not folded yet. */
uint32_t checksum_pseudo(const uint8_t *src, const uint8_t *dst, uint8_t family, uint8_t proto,
			 size_t n);
/* As it stands in a header. */
uint16_t checksum_folded(uint32_t s);
uint32_t checksum_crc32c(const uint8_t *b, size_t n);

#endif
