/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings from the kernel as jansson's values, and back: those may hold any byte, JSON's are UTF-8.
 * A byte that is no part of valid UTF-8 travels as FOREIGN_BYTE(); so does each byte of a character
 * out of that range itself, or the way back would not be the same.
 */
#ifndef WAYBILL_UTIL_FOREIGN_JSON_H
#define WAYBILL_UTIL_FOREIGN_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* At most n bytes, which end before at a zero byte. A new reference, NULL: no memory. */
json_t *foreign_json(const char *s, size_t n);
/* The bytes that foreign_json() was given; false: they have no room in ret with a zero byte. */
bool foreign_bytes(const char *utf8, char *ret, size_t size);

#endif
