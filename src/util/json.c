/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing JSON into a text buffer. */
#include "util/json.h"

#include <string.h>

static void quoted(struct text *t, const char *s)
{
	size_t n = strlen(s);

	text_put(t, "\"", 1);
	while (n) {
		size_t len = text_utf8(s, n);

		if (!len) {
			text_put(t, "\\ufffd", 6);
			len = 1;
		} else if (*s == '"' || *s == '\\') {
			char e[2] = {'\\', *s};

			text_put(t, e, 2);
		} else if ((unsigned char)*s < 0x20 || *s == 0x7f) {
			text_printf(t, "\\u%04x", (unsigned char)*s);
		} else {
			text_put(t, s, len);
		}
		s += len;
		n -= len;
	}
	text_put(t, "\"", 1);
}

static void key_of(struct json *j, const char *key)
{
	if (j->comma)
		text_put(j->out, ",", 1);
	j->comma = true;
	if (!key)
		return;
	quoted(j->out, key);
	text_put(j->out, ":", 1);
}

void json_open(struct json *j, const char *key, char bracket)
{
	key_of(j, key);
	text_put(j->out, &bracket, 1);
	j->comma = false;
}

void json_close(struct json *j, char bracket)
{
	text_put(j->out, &bracket, 1);
	j->comma = true;
}

void json_text(struct json *j, const char *key, const char *value)
{
	key_of(j, key);
	quoted(j->out, value);
}

void json_number(struct json *j, const char *key, int64_t value)
{
	key_of(j, key);
	text_printf(j->out, "%lld", (long long)value);
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
	key_of(j, key);
	text_printf(j->out, "%llu", (unsigned long long)value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	key_of(j, key);
	text_put(j->out, value ? "true" : "false", value ? 4 : 5);
}
