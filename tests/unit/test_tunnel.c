/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a tunnel's device with a packet's two ends does not take it, by what the kernel tells of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "causes/decide.h"
#include "model/fact.h"

/* What is said of GRE from 10.0.0.2 to 10.0.0.1 in a namespace with such a device. */
static void told(const char *more, const char *wanted)
{
	struct journey j = {.has_packet = true,
			    .packet = {.family = 4,
				       .proto = 47,
				       .saddr = {10, 0, 0, 2},
				       .daddr = {10, 0, 0, 1}},
			    .drop = {.at = {.netns_inum = 1}, .location = "gre_rcv"}};
	struct decider *d;
	struct names *n;
	struct facts *f;
	char answer[400];

	snprintf(answer, sizeof(answer),
		 "{\"how\":0,\"answer\":[{\"ifname\":\"gre7\",\"flags\":[\"UP\"],\"linkinfo\":"
		 "{\"info_kind\":\"gre\",\"info_data\":{\"local\":\"10.0.0.1\",\"remote\":\"10.0.0."
		 "2\"%s}}}]}",
		 more);
	assert_int_equal(facts_new(&f), 0);
	assert_int_equal(names_new(&n), 0);
	names_use_facts(n, f, true);
	facts_put(f, "links/1/", answer);
	facts_put(f, "when/links/1/", "[1,2]");
	d = decide_tunnel(n, &j);
	assert_non_null(d);
	assert_string_equal(decider_text(d, "dev"), "gre7");
	if (!strstr(decider_text(d, "cause"), wanted))
		fail_msg("%s: %s", more, decider_text(d, "cause"));
	decider_unref(d);
	names_free(n);
	facts_free(f);
}

/* A key is a number here, and may be 0; which one counts is what the flags say. */
static void test_keys(void **state)
{
	(void)state;
	told(",\"iflags\":8192,\"ikey\":7", "only key 7,");
	told(",\"iflags\":8192,\"ikey\":0", "only key 0,");
	told(",\"iflags\":0,\"ikey\":0", "only packets without a key");
	told("", "only packets without a key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys)};

	return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
