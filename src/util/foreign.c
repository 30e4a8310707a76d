/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Foreign strings in each form that they are written in. Nothing of the buffer or of the formats
 * around them (quotes, commas, columns) is here.
 */
#include "util/foreign.h"

#include <string.h>

/*
 * Not shown, or not where it stands: C0 and C1, and what Unicode calls format characters, default
 * ignorable, separators of lines, or no character at all.
 */
static const struct {
	uint32_t from, to;
} unsafe[] = {
	{0x00, 0x1f},	    {0x7f, 0x9f},	{0xad, 0xad},	    {0x34f, 0x34f},
	{0x600, 0x605},	    {0x61c, 0x61c},	{0x6dd, 0x6dd},	    {0x70f, 0x70f},
	{0x890, 0x891},	    {0x8e2, 0x8e2},	{0x115f, 0x1160},   {0x17b4, 0x17b5},
	{0x180b, 0x180f},   {0x200b, 0x200f},	{0x2028, 0x202e},   {0x2060, 0x206f},
	{0x3164, 0x3164},   {0xfdd0, 0xfdef},	{0xfe00, 0xfe0f},   {0xfeff, 0xfeff},
	{0xffa0, 0xffa0},   {0xfff0, 0xfffb},	{0xfffe, 0xffff},   {0x110bd, 0x110bd},
	{0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
	{0xe0000, 0xe0fff},
};

bool foreign_is_unsafe(uint32_t c)
{
	for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++)
		if (c >= unsafe[i].from && c <= unsafe[i].to)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

uint32_t foreign_char(const char *s, size_t n, size_t *ret_len)
{
	const uint8_t *b = (const uint8_t *)s;
	size_t len = text_utf8(s, n);
	uint32_t c;

	if (!len) {
		*ret_len = 1;
		return FOREIGN_BYTE(b[0]);
	}
	c = len == 1 ? b[0] : b[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (b[i] & 0x3f);
	*ret_len = len;
	return c;
}

static bool is_byte(uint32_t c)
{
	return c >= FOREIGN_BYTE(0x80) && c <= FOREIGN_BYTE(0xff);
}

/* Bytes at s that no form has anything to do with. */
static size_t plain(const char *s)
{
	size_t n = 0;

	while (s[n] >= ' ' && s[n] < 0x7f && s[n] != '"' && s[n] != '\\' && s[n] != '<' &&
	       s[n] != '>' && s[n] != '&' && s[n] != '\'')
		n++;
	return n;
}

/* slash: the backslash itself needs one in this form. */
static void put_code(struct text *t, uint32_t c, const char *slash)
{
	if (is_byte(c))
		text_printf(t, "%sx%02x", slash, c & 0xff);
	else if (c < 0x80)
		text_printf(t, "%sx%02x", slash, c);
	else
		text_printf(t, "%su{%x}", slash, c);
}

static void in_text(struct text *t, uint32_t c, const char *s, size_t len)
{
	if (is_byte(c) || foreign_is_unsafe(c) || (t->ascii && len > 1))
		put_code(t, c, "\\");
	else
		text_put(t, s, len);
}

/* A byte has no form of its own there: it is written in characters, as on a terminal. */
static void in_json(struct text *t, uint32_t c, const char *s, size_t len)
{
	if (c == '"' || c == '\\')
		text_printf(t, "\\%c", (char)c);
	else if (is_byte(c))
		put_code(t, c, "\\\\");
	else if (!foreign_is_unsafe(c))
		text_put(t, s, len);
	else if (c < 0x10000)
		text_printf(t, "\\u%04x", c);
	else
		text_printf(t, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

static void in_label(struct text *t, uint32_t c, const char *s, size_t len)
{
	if (c == '"' || c == '\\')
		text_printf(t, "\\%c", (char)c);
	else if (c == '\n')
		text_put(t, "\\n", 2);
	else if (is_byte(c) || foreign_is_unsafe(c))
		put_code(t, c, "\\\\");
	else
		text_put(t, s, len);
}

static void in_html(struct text *t, uint32_t c, const char *s, size_t len)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {
		{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (c == (uint8_t)entities[i].c) {
			text_put(t, entities[i].entity, strlen(entities[i].entity));
			return;
		}
	if (is_byte(c) || foreign_is_unsafe(c))
		put_code(t, c, "\\");
	else
		text_put(t, s, len);
}

static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_-./:@%+,=";

/* In octal, which both printf and $'...' read, all that a format or a quote has a use for. */
static void put_octal(struct text *t, const char *s, size_t n)
{
	for (size_t len; n; s += len, n -= len) {
		uint32_t c = foreign_char(s, n, &len);

		if (c < 0x80 && c != '-' && c != '%' && strchr(harmless, c))
			text_put(t, s, 1);
		else if (is_byte(c))
			text_printf(t, "\\%03o", c & 0xff);
		else
			for (size_t i = 0; i < len; i++)
				text_printf(t, "\\%03o", (uint8_t)s[i]);
	}
}

/*
 * Plain, in single quotes, or printed by any shell's printf. What $(...) gives loses the newlines
 * at its end, so a string that ends in one takes the form that only newer shells know.
 */
static void put_word(struct text *t, const char *s)
{
	size_t n = strlen(s);
	bool printable = true, cut = n && s[n - 1] == '\n';

	if (n && strspn(s, harmless) == n) {
		text_put(t, s, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		printable &= (uint8_t)s[i] >= ' ' && (uint8_t)s[i] < 0x7f;
	if (!printable) {
		text_printf(t, "%s", cut ? "''$'" : "\"$(printf '");
		put_octal(t, s, n);
		text_printf(t, "%s", cut ? "'" : "')\"");
		return;
	}
	text_put(t, "'", 1);
	for (; *s; s++)
		text_put(t, *s == '\'' ? "'\\''" : s, *s == '\'' ? 4 : 1);
	text_put(t, "'", 1);
}

static void (*const forms[FOREIGN_FORMS])(struct text *t, uint32_t c, const char *s, size_t len) = {
	[FOREIGN_TEXT] = in_text,
	[FOREIGN_JSON] = in_json,
	[FOREIGN_LABEL] = in_label,
	[FOREIGN_HTML] = in_html,
};

void foreign_put(struct text *t, enum foreign_form form, const char *s)
{
	size_t n = strlen(s);

	if (form == FOREIGN_SHELL) {
		put_word(t, s);
		return;
	}
	while (n) {
		size_t len = plain(s);

		if (len) { /* the rule; all below is the exception */
			text_put(t, s, len);
		} else {
			uint32_t c = foreign_char(s, n, &len);

			forms[form](t, c, s, len);
		}
		s += len;
		n -= len;
	}
}

void text_escaped(struct text *t, const char *s)
{
	foreign_put(t, FOREIGN_TEXT, s);
}
