/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks that nobody uses leave a journey; what happened at one stays. */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "causes/unused_hooks.h"

#define MAX 6

struct stop {
	enum wb_station station;
	bool unused, rewritten;
	enum verdict verdict;
};

/* The stations that are left of these, of a packet of this protocol. */
static size_t leave(enum wb_station ret[MAX], uint8_t proto, const struct stop *stops, size_t n)
{
	struct journey j = {.packet = {.family = 4, .proto = proto}, .n_steps = n};
	size_t left;

	j.steps = calloc(n, sizeof(*j.steps));
	assert_non_null(j.steps);
	for (size_t i = 0; i < n; i++) {
		j.steps[i] = (struct step){.station = stops[i].station,
					   .unused = stops[i].unused,
					   .rewritten = stops[i].rewritten,
					   .verdict = stops[i].verdict};
		j.steps[i].packet = j.packet;
	}
	unused_hooks_leave(&j);
	left = j.n_steps;
	for (size_t i = 0; i < left; i++)
		ret[i] = j.steps[i].station;
	journey_clear(&j);
	return left;
}

static void forwarded(void **state)
{
	static const struct stop stops[] = {
		{WB_STATION_RX, false, false, VERDICT_NONE},
		{WB_STATION_NF_PREROUTING, true, false, VERDICT_ACCEPT},
		{WB_STATION_ROUTE_IN, false, false, VERDICT_NONE},
		{WB_STATION_NF_FORWARD, false, false, VERDICT_ACCEPT},
		{WB_STATION_NF_POSTROUTING, true, true, VERDICT_ACCEPT},
		{WB_STATION_QDISC, false, false, VERDICT_NONE},
	};
	enum wb_station left[MAX];

	(void)state;
	assert_int_equal(leave(left, IPPROTO_UDP, stops, 6), 5);
	assert_int_equal(left[1], WB_STATION_ROUTE_IN);
	assert_int_equal(left[2], WB_STATION_NF_FORWARD);
	assert_int_equal(left[3], WB_STATION_NF_POSTROUTING); /* NAT was there */
}

static void arrived(void **state)
{
	static const struct stop stops[] = {
		{WB_STATION_ROUTE_IN, false, false, VERDICT_NONE},
		{WB_STATION_NF_INPUT, true, false, VERDICT_ACCEPT},
		{WB_STATION_TCP, false, false, VERDICT_NONE},
	};
	enum wb_station left[MAX];

	(void)state;
	assert_int_equal(leave(left, IPPROTO_UDP, stops, 2), 2);
	assert_int_equal(left[1], WB_STATION_UDP);
	assert_int_equal(leave(left, IPPROTO_SCTP, stops, 2), 1);
	assert_int_equal(leave(left, IPPROTO_TCP, stops, 3), 2); /* not twice */
	assert_int_equal(left[1], WB_STATION_TCP);
}

/* A journey is never without a station. */
static void first_seen_there(void **state)
{
	static const struct stop stops[] = {
		{WB_STATION_NF_POSTROUTING, true, false, VERDICT_ACCEPT},
		{WB_STATION_NF_OUTPUT, true, false, VERDICT_DROP},
	};
	enum wb_station left[MAX];

	(void)state;
	assert_int_equal(leave(left, IPPROTO_TCP, stops, 1), 1);
	assert_int_equal(leave(left, IPPROTO_TCP, stops, 2), 2); /* who dropped was somebody */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwarded),
		cmocka_unit_test(arrived),
		cmocka_unit_test(first_seen_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
