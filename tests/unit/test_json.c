/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON writer against jansson as reader: what went in comes out, and it is always JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "util/json.h"

static json_t *load(const struct text *t)
{
	json_error_t e;
	json_t *v = json_loadb(t->s, t->n, 0, &e);

	if (!v)
		fail_msg("%s at %d in %s", e.text, e.position, t->s);
	return v;
}

static void commas(void **state)
{
	struct text t = {0};
	struct json j = {.out = &t};

	(void)state;
	json_open(&j, NULL, '{');
	json_number(&j, "a", -1);
	json_open(&j, "b", '[');
	json_close(&j, ']');
	json_open(&j, "c", '[');
	json_number(&j, NULL, 1);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_text(&j, NULL, "x");
	json_close(&j, ']');
	json_bool(&j, "d", true);
	json_bool(&j, "e", false);
	json_close(&j, '}');
	assert_string_equal(t.s, "{\"a\":-1,\"b\":[],\"c\":[1,{},\"x\"],\"d\":true,\"e\":false}");
	text_free(&t);
}

static void numbers(void **state)
{
	struct text t = {0};
	struct json j = {.out = &t};

	(void)state;
	json_open(&j, NULL, '[');
	json_number(&j, NULL, INT64_MIN);
	json_unsigned(&j, NULL, UINT64_MAX);
	json_unsigned(&j, NULL, 0);
	json_close(&j, ']');
	assert_string_equal(t.s, "[-9223372036854775808,18446744073709551615,0]");
	text_free(&t);
}

static void strings(void **state)
{
	static const char *const same[] = {"",
					   "r0",
					   "a\"b\\c/",
					   "\n\t\r\b\f\001\037",
					   "gr\xc3\xbc\xc3\x9f",
					   "\xf0\x9f\x98\x80"};
	struct text t = {0};
	struct json j = {.out = &t};
	json_t *v;

	(void)state;
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		json_text(&j, NULL, same[i]);
	json_text(&j, NULL, "a\xff\xc3");
	json_close(&j, ']');
	v = load(&t);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_string_equal(json_string_value(json_array_get(v, i)), same[i]);
	assert_string_equal(json_string_value(json_array_get(v, 6)), "a\\xff\\xc3");
	json_decref(v);
	text_free(&t);
}

/* Any three bytes in a key and in a value: one line, and JSON. */
static void anything(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		char in[4] = {0};
		struct text t = {0};
		struct json j = {.out = &t};

		for (int k = 0; k < 3; k++) {
			seed = seed * 1103515245 + 12345;
			in[k] = seed >> 16;
		}
		json_open(&j, NULL, '{');
		json_text(&j, in, in);
		json_close(&j, '}');
		json_decref(load(&t));
		assert_null(memchr(t.s, '\n', t.n));
		text_free(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas),
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings),
		cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
