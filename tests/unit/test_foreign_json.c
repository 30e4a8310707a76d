/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes come back from JSON as they were, and what is UTF-8 is not touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "util/foreign_json.h"

static void goes_and_comes(const char *s, size_t n)
{
	json_t *j = foreign_json(s, n);
	char back[64];

	assert_non_null(j);
	assert_true(foreign_bytes(json_string_value(j), back, sizeof(back)));
	assert_int_equal(strlen(back), strnlen(s, n));
	assert_memory_equal(back, s, strnlen(s, n));
	json_decref(j);
}

static void any_bytes_come_back(void **state)
{
	char s[33];

	(void)state;
	srandom(7);
	for (int i = 0; i < 20000; i++) {
		/* some from the edges of what UTF-8 is made of */
		static const uint8_t edge[] = {0xee, 0xbe, 0xbf, 0x80, 0xc2,
					       0xed, 0xa0, 0xf4, 0x7f};

		for (size_t k = 0; k < sizeof(s); k++)
			s[k] = (char)(random() & 1 ? edge[(size_t)random() % sizeof(edge)]
						   : (uint8_t)random());
		goes_and_comes(s, sizeof(s));
	}
}

static void utf8_stays(void **state)
{
	static const char *const words[] = {"eth0", "", "\u00e9t\u00e9", "\u20ac", "\U0001f600"};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		json_t *j = foreign_json(words[i], 64);

		assert_string_equal(json_string_value(j), words[i]);
		json_decref(j);
	}
}

static void a_byte_is_a_character_of_its_own(void **state)
{
	json_t *j = foreign_json("a\xff", 2);

	(void)state;
	assert_string_equal(json_string_value(j), "a\uefff");
	json_decref(j);
}

static void what_has_no_room_is_refused(void **state)
{
	char small[4];

	(void)state;
	assert_true(foreign_bytes("abc", small, sizeof(small)));
	assert_false(foreign_bytes("abcd", small, sizeof(small)));
	assert_false(foreign_bytes(NULL, small, sizeof(small)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_bytes_come_back),
		cmocka_unit_test(utf8_stays),
		cmocka_unit_test(a_byte_is_a_character_of_its_own),
		cmocka_unit_test(what_has_no_room_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
