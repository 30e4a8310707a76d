/* SPDX-License-Identifier: GPL-2.0-only */
/* Filter expressions as nftables conditions: never narrower than the expression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "filter/coarse.h"

#define EVERY NULL

static const struct {
	const char *expr, *matches[5]; /* in this order, then NULL; none: every packet */
} rows[] = {
	{"", {EVERY}},
	{"udp", {"meta l4proto udp "}},
	{"udp port 53", {"meta l4proto udp th sport 53 ", "meta l4proto udp th dport 53 "}},
	{"udp dst port 53", {"meta l4proto udp th dport 53 "}},
	{"port 53",
	 {"meta l4proto { tcp, udp, sctp } th sport 53 ",
	  "meta l4proto { tcp, udp, sctp } th dport 53 "}},
	{"src host fd01::1", {"ip6 saddr fd01::1 "}},
	{"icmp and dst net 10.0.0.0/8", {"meta l4proto icmp ip daddr 10.0.0.0/8 "}},
	{"host 10.0.0.1 and tcp port 80",
	 {"ip saddr 10.0.0.1 meta l4proto tcp th sport 80 ",
	  "ip daddr 10.0.0.1 meta l4proto tcp th sport 80 ",
	  "ip saddr 10.0.0.1 meta l4proto tcp th dport 80 ",
	  "ip daddr 10.0.0.1 meta l4proto tcp th dport 80 "}},
	/* what is not understood is left out */
	{"udp and ip[8] < 5", {"meta l4proto udp "}},
	{"udp && not host 10.0.0.1", {"meta l4proto udp "}},
	{"tcp and port http", {"meta l4proto tcp "}},
	{"host example.org", {EVERY}},
	{"net 10", {EVERY}},
	{"net 10.0.0.0", {EVERY}},
	{"src net 10.0.0.0/8 and 10.0.0.0", {"ip saddr 10.0.0.0/8 "}},
	{"udp port 70000", {EVERY}},
	/* and where it is no conjunction, everything is */
	{"udp or tcp", {EVERY}},
	{"udp and (port 53 or port 54)", {EVERY}},
	{"tcp && port 80 || udp", {EVERY}},
	{"! udp", {EVERY}},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct coarse c;
		size_t n = 0;

		assert_int_equal(coarse_make(rows[i].expr, &c), 0);
		while (rows[i].matches[n])
			n++;
		assert_int_equal(c.all, n == 0);
		assert_int_equal(c.n, n ? n : 1);
		for (size_t k = 0; k < n; k++)
			assert_string_equal(c.matches[k], rows[i].matches[k]);
		coarse_clear(&c);
	}
}

static void test_too_many(void **state)
{
	struct coarse c;

	(void)state;
	/* each doubles the conditions: the fifth finds no room and is left out */
	assert_int_equal(coarse_make("host 10.0.0.1 and host 10.0.0.2 and host 10.0.0.3 and host "
				     "10.0.0.4 and host 10.0.0.5",
				     &c),
			 0);
	assert_int_equal(c.n, COARSE_MAX);
	for (size_t i = 0; i < c.n; i++)
		assert_null(strstr(c.matches[i], "10.0.0.5"));
	coarse_clear(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests_name("coarse", tests, NULL, NULL);
}
