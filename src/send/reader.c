/* SPDX-License-Identifier: GPL-2.0-only */
/* See reader.h. */
#include "send/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int reader_wrong(struct reader *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->err->what, sizeof(r->err->what), format, ap);
	va_end(ap);
	r->err->at = r->at - r->text;
	r->err->n = r->n;
	return -EINVAL;
}

/* The next piece: up to white space; in quotes white space belongs to it; '>' stands for itself. */
bool reader_next(struct reader *r)
{
	bool quoted = false;

	r->at += r->n;
	r->n = 0;
	r->at += strspn(r->at, " \t\n");
	if (r->at[0] == '>')
		r->n = 1;
	else
		for (; r->at[r->n] && (quoted || !strchr(" \t\n>", r->at[r->n])); r->n++) {
			if (quoted && r->at[r->n] == '\\' && r->at[r->n + 1])
				r->n++;
			else if (r->at[r->n] == '"')
				quoted = !quoted;
		}
	return r->n > 0;
}

bool reader_is(const struct reader *r, const char *word)
{
	return strlen(word) == r->n && !strncasecmp(r->at, word, r->n);
}

/* The piece as a text of its own; longer ones are none that would be known. */
const char *reader_copy(const struct reader *r, char *buf, size_t size)
{
	snprintf(buf, size, "%.*s", (int)(r->n < size ? r->n : size - 1), r->at);
	return r->n < size ? buf : "";
}

bool reader_number(const char *s, uint32_t max, uint32_t *ret)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(s, &end, s[0] == '0' && (s[1] | 32) == 'x' ? 16 : 10);
	if (!isdigit((unsigned char)*s) || *end || errno || v > max)
		return false;
	*ret = v;
	return true;
}
