/* SPDX-License-Identifier: GPL-2.0-only */
/* The text buffer: growth, columns, and what a terminal of ASCII alone is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "util/foreign.h"

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

static void escapes_to_ascii(void **state)
{
	struct text t = {.ascii = 1};

	(void)state;
	text_escaped(&t, "gr\xc3\xbcn");
	assert_string_equal(t.s, "gr\\u{fc}n");
	text_free(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(pads),
		cmocka_unit_test(escapes_to_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
