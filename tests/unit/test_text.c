/* SPDX-License-Identifier: GPL-2.0-only */
/* The text buffer: growth, columns, and that no foreign name reaches a terminal as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "util/text.h"

static void grows(void **state)
{
	struct text t = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		text_printf(&t, "%03d,", i);
	assert_int_equal(t.n, 4000);
	assert_int_equal(strlen(t.s), 4000);
	assert_memory_equal(t.s + 3996, "999,", 4);
	text_reset(&t);
	assert_string_equal(t.s, "");
	text_free(&t);
	text_free(&t);
}

static void pads(void **state)
{
	struct text t = {0};

	(void)state;
	text_put(&t, "ab", 2);
	text_pad(&t, 0, 4);
	text_pad(&t, 0, 2); /* too late for the column: one space */
	assert_string_equal(t.s, "ab   ");
	text_free(&t);
}

static void escapes(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"eth0", "eth0"},
		{"", ""},
		{"a\033[2Jb", "a\\x1b[2Jb"},
		{"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
		{"\x7f", "\\x7f"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xc2\x9b", "\\xc2\\x9b"},		      /* C1: a CSI on some terminals */
		{"\xc3", "\\xc3"},			      /* cut */
		{"\xc0\xaf", "\\xc0\\xaf"},		      /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},	      /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above the last character */
		{"\x80x\xff", "\\x80x\\xff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text t = {0};

		text_escaped(&t, rows[i].in);
		assert_string_equal(t.s ? t.s : "", rows[i].out);
		text_free(&t);
	}
}

static void escapes_to_ascii(void **state)
{
	struct text t = {.ascii = 1};

	(void)state;
	text_escaped(&t, "gr\xc3\xbcn");
	assert_string_equal(t.s, "gr\\xc3\\xbcn");
	text_free(&t);
}

/* Whatever two bytes stand in a name, nothing below a space and no lone high byte comes out. */
static void escapes_everything(void **state)
{
	(void)state;
	for (unsigned a = 1; a < 256; a++)
		for (unsigned b = 1; b < 256; b++) {
			char in[] = {a, b, 0};
			struct text t = {0};

			text_escaped(&t, in);
			for (size_t i = 0, n; i < t.n; i += n) {
				n = text_utf8(t.s + i, t.n - i);
				assert_true(n > 0);
				assert_true((uint8_t)t.s[i] >= 0x20 && t.s[i] != 0x7f);
			}
			text_free(&t);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(pads),
		cmocka_unit_test(escapes),
		cmocka_unit_test(escapes_to_ascii),
		cmocka_unit_test(escapes_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
