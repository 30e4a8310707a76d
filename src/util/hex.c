/* SPDX-License-Identifier: GPL-2.0-only */
/* See hex.h. */
#include "util/hex.h"

#include <stdlib.h>

char *hex_new(const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = bytes;
	char *s = malloc(2 * n + 1);

	if (!s)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		s[2 * i] = digits[b[i] >> 4];
		s[2 * i + 1] = digits[b[i] & 15];
	}
	s[2 * n] = 0;
	return s;
}

static int value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t hex_read(const char *digits, uint8_t *ret)
{
	size_t n = 0;

	for (; digits[0]; digits += 2) {
		int high = value(digits[0]), low = high < 0 ? -1 : value(digits[1]);

		if (low < 0)
			return SIZE_MAX;
		ret[n++] = high << 4 | low;
	}
	return n;
}
