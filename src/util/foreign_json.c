/* SPDX-License-Identifier: GPL-2.0-only */
/* See foreign_json.h. */
#include "util/foreign_json.h"

#include <string.h>

#include "util/foreign.h"

static bool is_byte(uint32_t c)
{
	return c >= FOREIGN_BYTE(0x80) && c <= FOREIGN_BYTE(0xff);
}

static void put_byte(struct text *t, unsigned char byte)
{
	uint32_t c = FOREIGN_BYTE(byte);
	char utf8[3] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 0x3f)),
			(char)(0x80 | (c & 0x3f))};

	text_put(t, utf8, sizeof(utf8));
}

json_t *foreign_json(const char *s, size_t n)
{
	struct text t = {0};
	json_t *ret;

	n = strnlen(s, n);
	while (n) {
		size_t len;
		uint32_t c = foreign_char(s, n, &len);

		if (is_byte(c)) {
			put_byte(&t, (unsigned char)*s);
			len = 1;
		} else {
			text_put(&t, s, len);
		}
		s += len;
		n -= len;
	}
	ret = json_stringn(t.n ? t.s : "", t.n);
	text_free(&t);
	return ret;
}

bool foreign_bytes(const char *utf8, char *ret, size_t size)
{
	size_t left = utf8 ? strlen(utf8) : 0, n = 0;

	if (!size || !utf8)
		return false;
	while (left) {
		size_t len;
		uint32_t c = foreign_char(utf8, left, &len);
		size_t bytes = is_byte(c) ? 1 : len;

		if (n + bytes >= size)
			return false;
		if (is_byte(c))
			ret[n] = (char)(c & 0xff);
		else
			memcpy(ret + n, utf8, len);
		n += bytes;
		utf8 += len;
		left -= len;
	}
	ret[n] = 0;
	return true;
}
