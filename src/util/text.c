/* SPDX-License-Identifier: GPL-2.0-only */
/* A growing text buffer. */
#include "util/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int grow(struct text *t, size_t more)
{
	size_t room = t->room ? t->room : 256;
	char *s;

	while (room < t->n + more + 1)
		room *= 2;
	s = realloc(t->s, room);
	if (!s) {
		t->failed = 1;
		return -1;
	}
	t->s = s;
	t->room = room;
	return 0;
}

static inline int reserve(struct text *t, size_t more)
{
	return t->n + more < t->room ? 0 : grow(t, more);
}

void text_put(struct text *t, const char *s, size_t n)
{
	if (reserve(t, n))
		return;
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = 0;
}

void text_printf(struct text *t, const char *format, ...)
{
	size_t before;
	va_list ap;
	int n;

	/* nearly always it fits into what is there */
	if (reserve(t, 64))
		return;
	va_start(ap, format);
	n = vsnprintf(t->s + t->n, t->room - t->n, format, ap);
	va_end(ap);
	before = t->room;
	if (n < 0 || reserve(t, n))
		return;
	if (t->n + n + 1 > before) {
		va_start(ap, format);
		vsnprintf(t->s + t->n, n + 1, format, ap);
		va_end(ap);
	}
	t->n += n;
}

size_t text_utf8(const char *s, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *b = (const uint8_t *)s;
	uint32_t c;
	size_t len;

	if (!n)
		return 0;
	if (b[0] < 0x80)
		return 1;
	len = b[0] >= 0xf0 && b[0] < 0xf5 ? 4 : b[0] >= 0xe0 ? 3 : b[0] >= 0xc2 ? 2 : 0;
	if (!len || b[0] >= 0xf5 || len > n)
		return 0;
	c = b[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3f);
	}
	if (c < least[len] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	return len;
}

/* Characters between from and the end: a terminal's columns, but for those of double width. */
static size_t columns(const struct text *t, size_t from)
{
	size_t n = 0;

	for (size_t i = from; i < t->n; i++)
		n += (t->s[i] & 0xc0) != 0x80;
	return n;
}

void text_pad(struct text *t, size_t line_start, size_t column)
{
	size_t width = line_start < t->n ? columns(t, line_start) : 0;
	size_t more = width < column ? column - width : 1;

	if (reserve(t, more))
		return;
	memset(t->s + t->n, ' ', more);
	t->n += more;
	t->s[t->n] = 0;
}

void text_cut(struct text *t, size_t from, size_t width)
{
	size_t at = from, n = 0;

	if (!width || from >= t->n || columns(t, from) <= width)
		return;
	for (; n + 2 < width || (t->s[at] & 0xc0) == 0x80; at++)
		n += (t->s[at + 1] & 0xc0) != 0x80;
	t->n = at;
	text_put(t, "..", 2);
}

void text_shorten(struct text *t, size_t from, size_t width)
{
	size_t have = from < t->n ? columns(t, from) : 0, head = width / 2, end, keep;

	if (width < 4 || have <= width)
		return;
	/* the end tells more names apart than the beginning */
	keep = width - head - 1;
	for (end = t->n; keep; end--)
		keep -= (t->s[end - 1] & 0xc0) != 0x80;
	for (; head > 1 || (t->s[from] & 0xc0) == 0x80; from++)
		head -= (t->s[from + 1] & 0xc0) != 0x80;
	t->s[from++] = '~';
	memmove(t->s + from, t->s + end, t->n - end + 1);
	t->n -= end - from;
}

void text_wrapped(struct text *t, const char *s, size_t column, size_t indent, size_t width)
{
	while (width > indent + 8 && column + strlen(s) > width) {
		size_t room = width > column ? width - column : 0, n = room;

		while (n && s[n] != ' ')
			n--;
		if (!n && column > indent) { /* the word may fit into a line of its own */
			text_printf(t, "\n%*s", (int)indent, "");
			column = indent;
			continue;
		}
		if (!n)
			n = strcspn(s, " ");
		text_put(t, s, n);
		s += n;
		while (*s == ' ')
			s++;
		if (*s)
			text_printf(t, "\n%*s", (int)indent, "");
		column = indent;
	}
	text_put(t, s, strlen(s));
}

void text_append(char *to, size_t size, const char *format, ...)
{
	size_t n = strlen(to);
	va_list ap;

	va_start(ap, format);
	vsnprintf(to + n, size - n, format, ap);
	va_end(ap);
}

void text_unquoted(char *ret, size_t size, const char *s)
{
	bool quoted = false;
	size_t n = 0;

	for (; *s && n + 1 < size; s++) {
		if (*s == '\\' && quoted && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted)
			ret[n++] = *s;
	}
	ret[n] = 0;
}

bool text_starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

void text_reset(struct text *t)
{
	t->n = 0;
	if (t->s)
		t->s[0] = 0;
}

void text_free(struct text *t)
{
	free(t->s);
	*t = (struct text){0};
}
