/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys in the order of their first sight, their numbers, what is sent again, and --expect with
 * several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/expect.h"
#include "cmd/numbers.h"
#include "cmd/order.h"
#include "cmd/resent.h"
#include "util/clock.h"

static char told[64];

static void tell(void *arg, struct journey *j)
{
	size_t at = strlen(told);

	(void)arg;
	snprintf(told + at, sizeof(told) - at, "%llu%s ", (unsigned long long)j->id,
		 j->late ? "!" : "");
}

static void put(struct order *o, uint64_t id, uint64_t first_ns, uint64_t last_ns)
{
	struct journey j = {.id = id, .ts_ns = first_ns, .duration_ns = last_ns - first_ns};

	order_put(o, &j);
}

static void in_order(void **state)
{
	struct order o = {0};

	(void)state;
	told[0] = 0;
	put(&o, 3, 30, 40);
	put(&o, 1, 10, 90);
	put(&o, 2, 20, 50);
	/* one that was seen at 15 is still open: who was seen later waits */
	order_release(&o, 100, 15, tell, NULL);
	assert_string_equal(told, "1 ");
	put(&o, 4, 15, 95);
	order_release(&o, 100, UINT64_MAX, tell, NULL);
	assert_string_equal(told, "1 4 2 3 ");
	assert_null(o.list);
}

static void waits_a_second(void **state)
{
	struct order o = {0};

	(void)state;
	told[0] = 0;
	put(&o, 2, 20, 50);
	order_release(&o, SECOND_NS, 10, tell, NULL);
	assert_string_equal(told, "");
	order_release(&o, SECOND_NS + 51, 10, tell, NULL);
	assert_string_equal(told, "2 ");
	put(&o, 1, 10, 2 * SECOND_NS);
	order_release(&o, 2 * SECOND_NS, UINT64_MAX, tell, NULL);
	assert_string_equal(told, "2 1! ");
	put(&o, 5, 50, 60);
	order_clear(&o);
	assert_null(o.list);
}

static struct journey segment(uint64_t number, uint32_t seq, uint16_t payload, uint8_t flags)
{
	struct journey j = {.number = number, .flow_id = 7, .has_packet = true, .n_steps = 1};

	j.packet = (struct wb_packet){.family = 4,
				      .proto = 6,
				      .tcp_seq = seq,
				      .payload = payload,
				      .tcp_flags = flags,
				      .saddr = {10, 1, 0, 1}};
	j.steps = calloc(1, sizeof(*j.steps));
	j.steps[0].station = WB_STATION_SOCKET_SEND;
	return j;
}

static void sent_again(void **state)
{
	static const struct {
		uint32_t seq;
		uint16_t payload;
		uint8_t flags;
		uint64_t of;
	} rows[] = {
		{100, 0, 2, 0},	  {100, 0, 2, 1}, /* a SYN and its repetition */
		{101, 50, 16, 0}, {151, 50, 24, 0}, {101, 50, 24, 3},
		{201, 0, 16, 0},  {201, 0, 16, 0}, /* acknowledgements take no room */
		{101, 50, 16, 3},
	};
	struct resent *r = calloc(1, sizeof(*r));

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct journey j = segment(i + 1, rows[i].seq, rows[i].payload, rows[i].flags);

		resent_look(r, &j);
		assert_int_equal(j.retransmission_of, rows[i].of);
		journey_clear(&j);
	}
	free(r);
}

/* A part that is printed before its whole names the number that the whole will have. */
static void numbered(void **state)
{
	struct link whole = {.how = WB_LINK_FRAGMENT, .is_parent = true, .other = 70};
	struct link nobody = {.how = WB_LINK_SEGMENT, .is_parent = true};
	struct journey parts[] = {{.id = 50, .links = &whole, .n_links = 1},
				  {.id = 60, .links = &nobody, .n_links = 1},
				  {.id = 70},
				  {.id = 50}};
	static const uint64_t numbers[] = {1, 3, 2, 1};
	struct numbers n = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		numbers_give(&n, &parts[i]);
		assert_int_equal(parts[i].number, numbers[i]);
	}
	assert_int_equal(whole.number, 2);
	assert_int_equal(nobody.number, 0);
	numbers_clear(&n);
}

static void expects(void **state)
{
	const struct words words = {.word = {"dropped:nf.forward", "delivered"}, .n = 2};
	struct journey dropped = {.outcome = OUTCOME_DROPPED, .has_drop = true};
	struct journey delivered = {.outcome = OUTCOME_DELIVERED};
	struct journey queued = {.outcome = OUTCOME_QUEUED};
	struct expect e = {0};

	(void)state;
	dropped.drop.station = WB_STATION_NF_FORWARD;
	assert_int_equal(expect_parse(&e, &words), 0);
	assert_int_equal(expect_verdict(&e, 0), 3);
	expect_count(&e, &dropped);
	assert_int_equal(expect_verdict(&e, 1), 3); /* the second fits none */
	expect_count(&e, &delivered);
	assert_int_equal(expect_verdict(&e, 2), 0);
	expect_count(&e, &queued);
	assert_int_equal(expect_verdict(&e, 3), 3);
}

/* Thousands of judged journeys are kept without their steps: then without room for them, too. */
static void cut(void **state)
{
	struct journey j = {.n_steps = 3, .steps = calloc(16, sizeof(struct step))};

	(void)state;
	journey_cut(&j, 1);
	assert_int_equal(j.n_steps, 1);
	assert_non_null(j.steps);
	journey_cut(&j, 0);
	assert_int_equal(j.n_steps, 0);
	assert_null(j.steps);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),   cmocka_unit_test(waits_a_second),
		cmocka_unit_test(sent_again), cmocka_unit_test(numbered),
		cmocka_unit_test(expects),    cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
