/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing text buffer. How foreign strings are put into one: util/foreign.h. */
#ifndef WAYBILL_UTIL_TEXT_H
#define WAYBILL_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *s; /* always ends in a zero byte once something was put */
	size_t n, room;
	int ascii;  /* FOREIGN_TEXT also escapes what is not ASCII */
	int failed; /* no memory at some point: the text is cut */
};

void text_put(struct text *t, const char *s, size_t n);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *format, ...);
/* Spaces up to column (counted in characters from byte line_start on), at least one. */
void text_pad(struct text *t, size_t line_start, size_t column);
/* What stands behind byte from, cut to width characters, with ".." at its end. 0: not cut. */
void text_cut(struct text *t, size_t from, size_t width);
/* The same, but what is left out is in the middle, with '~' in its place. */
void text_shorten(struct text *t, size_t from, size_t width);
/* s, whose first character stands in column, with new lines between words before width. 0: none. */
void text_wrapped(struct text *t, const char *s, size_t column, size_t indent, size_t width);
/* Behind what stands in to, cut at size. */
__attribute__((format(printf, 3, 4))) void text_append(char *to, size_t size, const char *format,
						       ...);
/* Copies s without what stands in double quotes, cut at size. */
void text_unquoted(char *ret, size_t size, const char *s);
bool text_starts(const char *s, const char *with);
void text_reset(struct text *t); /* keeps the memory */
void text_free(struct text *t);

/* Bytes of the valid UTF-8 sequence at s (of n bytes), 0: invalid. */
size_t text_utf8(const char *s, size_t n);

#endif
