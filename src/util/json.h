/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing JSON into a text buffer: takes care of commas and escapes. Reading is jansson's. */
#ifndef WAYBILL_UTIL_JSON_H
#define WAYBILL_UTIL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "util/text.h"

struct json {
	struct text *out;
	bool comma; /* the next value needs one in front */
};

/* key NULL: an element of an array, or the outermost value */
void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);		       /* '}' or ']' */
/*
 * Not called json_string: jansson has one, which libnftables calls, and a function of the program
 * comes before a library's.
 */
void json_text(struct json *j, const char *key, const char *value);
void json_number(struct json *j, const char *key, int64_t value);
void json_unsigned(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);

#endif
