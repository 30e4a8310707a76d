/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes as hexadecimal digits and back; what the bytes mean is not known here. */
#ifndef WAYBILL_UTIL_HEX_H
#define WAYBILL_UTIL_HEX_H

#include <stddef.h>
#include <stdint.h>

/* A new text that free() lets go of, NULL: no memory. */
char *hex_new(const void *bytes, size_t n);
/* Writes the bytes to ret, which has room for half the digits. Their number, SIZE_MAX: it is none.
 */
size_t hex_read(const char *digits, uint8_t *ret);

#endif
