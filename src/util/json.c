/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing JSON into a text buffer. */
#include "util/json.h"

#include "util/foreign.h"

static void put_digits(struct text *t, uint64_t value, bool negative)
{
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = '0' + value % 10;
	while (value /= 10);
	if (negative)
		*--p = '-';
	text_put(t, p, digits + sizeof(digits) - p);
}

static void quoted(struct text *t, const char *s)
{
	text_put(t, "\"", 1);
	foreign_put(t, FOREIGN_JSON, s);
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
	put_digits(j->out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

void json_unsigned(struct json *j, const char *key, uint64_t value)
{
	key_of(j, key);
	put_digits(j->out, value, false);
}

void json_bool(struct json *j, const char *key, bool value)
{
	key_of(j, key);
	text_put(j->out, value ? "true" : "false", value ? 4 : 5);
}
