/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom a namespace's number meant at a time, where it is given again; and answers that are
 * recalled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/host.h"
#include "host/name.h"
#include "model/fact.h"
#include "util/clock.h"

/* Asked at this time, and told. */
static void confirm(struct name *name, const char *now, uint64_t ns)
{
	name_change(name, now, ns);
	name->sure_ns = ns;
	name->came = false;
}

static void test_another_has_the_number(void **state)
{
	struct name name = {0};

	(void)state;
	confirm(&name, "A", 100);
	assert_string_equal(name_at(&name, 110), "A");
	confirm(&name, "B", 200);
	assert_string_equal(name_at(&name, 210), "B");
	assert_string_equal(name_at(&name, 110), "A");
}

/* Its last packets may come a moment after it is gone, if nobody else can have had its number. */
static void test_gone(void **state)
{
	struct name name = {0};

	(void)state;
	confirm(&name, "A", 100);
	name_doubt(&name, 150, false);
	assert_true(name_gone(&name));
	assert_string_equal(name_at(&name, 160), "A");
	assert_string_equal(name_at(&name, 150 + 2 * SECOND_NS), "");
	assert_string_equal(name_last(&name), "A");
}

static void test_gone_and_others_came(void **state)
{
	struct name name = {0};

	(void)state;
	confirm(&name, "A", 100);
	name_doubt(&name, 150, true);
	name_doubt(&name, 170, false); /* that it was calm later says nothing of who came before */
	assert_true(name_gone(&name));
	assert_string_equal(name_at(&name, 150), "A");
	assert_string_equal(name_at(&name, 160), "");
	confirm(&name, "C", 300);
	assert_string_equal(name_at(&name, 160), "");
	assert_string_equal(name_at(&name, 310), "C");
}

/* Who was gone before it was asked for the first time is not the one that came later. */
static void test_gone_at_first(void **state)
{
	struct name name = {0};

	(void)state;
	assert_false(name_gone(&name));
	assert_string_equal(name_at(&name, 100), "");
	confirm(&name, "B", 200);
	assert_string_equal(name_at(&name, 100), "");
	assert_string_equal(name_at(&name, 201), "B");
}

static enum host_answer recalled(struct host *h, json_t **ret)
{
	return host_ask(h, HOST_ASK_sysctl, 7, json_pack("{s:s}", "name", "ipv4/ip_forward"), ret);
}

static void test_recalled(void **state)
{
	static const char key[] = "sysctl/7/{\"name\":\"ipv4/ip_forward\"}";
	static const char *const damaged[] = {"",
					      "7",
					      "[]",
					      "{\"how\":0}",
					      "{\"how\":9,\"answer\":1}",
					      "{\"how\":1,\"answer\":1}"};
	struct host_times times;
	struct facts *f;
	struct host *h;
	json_t *answer;

	(void)state;
	assert_int_equal(facts_new(&f), 0);
	assert_int_equal(host_new(&h), 0);
	host_use_facts(h, f, true);
	assert_int_equal(recalled(h, &answer), HOST_UNREAD);

	facts_put(f, key, "{\"how\":0,\"answer\":1}");
	assert_int_equal(recalled(h, &answer), HOST_UNREAD); /* nobody knows when */
	facts_put(f, "when/sysctl/7/{\"name\":\"ipv4/ip_forward\"}", "[5,6]");
	assert_int_equal(recalled(h, &answer), HOST_TOLD);
	assert_int_equal(json_integer_value(answer), 1);
	json_decref(answer);

	/* the next answer is another one, also of what was asked before */
	facts_put(f, key, "{\"how\":1}");
	facts_put(f, "when/sysctl/7/{\"name\":\"ipv4/ip_forward\"}", "[7,8]");
	assert_int_equal(recalled(h, &answer), HOST_NOT_THERE);
	assert_null(answer);
	host_ask_after(h, HOST_ASK_sysctl, 7, json_pack("{s:s}", "name", "ipv4/ip_forward"), 100,
		       &times, &answer);
	assert_int_equal(times.asked_ns, 7);

	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		host_forget(h);
		facts_put(f, key, damaged[i]);
		assert_int_equal(recalled(h, &answer), HOST_UNREAD);
		assert_null(answer);
	}
	host_free(h);
	facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_has_the_number),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_gone_and_others_came),
		cmocka_unit_test(test_gone_at_first),
		cmocka_unit_test(test_recalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
