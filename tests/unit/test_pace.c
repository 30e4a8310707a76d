/* SPDX-License-Identifier: GPL-2.0-only */
/* When packets are followed and when not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collect/pace.h"

#define CPUS	  2
#define BUDGET	  25 /* percent: 156,250 packets a second at what is assumed of them */
#define SECOND_NS 1000000000ULL
#define TURN_NS	  (SECOND_NS / 10)

/* A turn in which CPU 1 sees so many packets a second, and CPU 0 none. */
static enum pace_turn turn(struct pace *p, uint64_t *now_ns, uint64_t per_second)
{
	*now_ns += TURN_NS;
	p->looked[1] += per_second / 10;
	return pace_turn(p, *now_ns);
}

/* Turns until something changes; 0: nothing does in as many. */
static unsigned turns_until(struct pace *p, uint64_t *now_ns, uint64_t per_second,
			    enum pace_turn wanted, unsigned most)
{
	for (unsigned i = 1; i <= most; i++)
		if (turn(p, now_ns, per_second) == wanted)
			return i;
	return 0;
}

static void test_follows_what_it_can(void **state)
{
	uint64_t now = 5 * SECOND_NS;
	struct pace p;

	(void)state;
	assert_int_equal(pace_init(&p, CPUS, BUDGET), 0);
	assert_true(pace_is_due(&p, now));
	assert_int_equal(turns_until(&p, &now, 100000, PACE_REST, 1000), 0);
	for (int i = 0; i < 20; i++) { /* nor does a burst now and then matter */
		assert_int_equal(turns_until(&p, &now, 1000000, PACE_REST, 2), 0);
		assert_int_equal(turns_until(&p, &now, 1000, PACE_REST, 1), 0);
	}
	assert_false(pace_is_due(&p, now + TURN_NS / 2));
	assert_int_equal(pace_rested_ns(&p, now), 0);
	pace_clear(&p);
}

static void test_rests_and_tries_again(void **state)
{
	uint64_t now = 5 * SECOND_NS, rested;
	struct pace p;
	unsigned n;

	(void)state;
	assert_int_equal(pace_init(&p, CPUS, BUDGET), 0);
	assert_int_equal(turn(&p, &now, 1000000), PACE_AS_IT_IS); /* since when is not known */
	assert_int_equal(turns_until(&p, &now, 1000000, PACE_REST, 10), 3);
	assert_int_equal(pace_rested_ns(&p, now + 7), 7);
	assert_int_equal(turns_until(&p, &now, 0, PACE_GO_ON, 1000), 50);
	rested = pace_rested_ns(&p, now);
	assert_int_equal(rested, 5 * SECOND_NS);
	assert_int_equal(pace_rested_ns(&p, now + 7), rested);
	/* the next rests are longer, up to a bound */
	n = 50;
	for (int i = 0; i < 6; i++) {
		unsigned before = n;

		assert_int_equal(turns_until(&p, &now, 1000000, PACE_REST, 10), 3);
		n = turns_until(&p, &now, 0, PACE_GO_ON, 10000);
		assert_int_equal(n, before < 800 ? 2 * before : 800);
	}
	/* until it was calm for a while */
	assert_int_equal(turns_until(&p, &now, 1000, PACE_REST, 150), 0);
	assert_int_equal(turns_until(&p, &now, 1000000, PACE_REST, 10), 3);
	assert_int_equal(turns_until(&p, &now, 0, PACE_GO_ON, 1000), 50);
	pace_clear(&p);
}

/* What packets cost here decides how many are too many. */
static void test_measured(void **state)
{
	uint64_t now = 5 * SECOND_NS;
	struct pace p;

	(void)state;
	assert_int_equal(pace_init(&p, CPUS, 5), 0);
	assert_int_equal(turn(&p, &now, 20000), PACE_AS_IT_IS);
	assert_false(p.measures); /* since when is not known */
	assert_int_equal(turn(&p, &now, 100), PACE_AS_IT_IS);
	assert_false(p.measures); /* too few for a mean */
	assert_int_equal(turn(&p, &now, 20000), PACE_AS_IT_IS);
	assert_true(p.measures);
	/* 3 us each: 20,000 are 6 percent of a CPU */
	now += TURN_NS;
	p.looked[1] += 2000;
	pace_cost(&p, now, 2000 * 3000);
	assert_false(p.measures);
	assert_int_equal(pace_turn(&p, now), PACE_AS_IT_IS);
	assert_int_equal(turns_until(&p, &now, 20000, PACE_REST, 10), 2);
	assert_false(p.measures);
	assert_int_equal(turns_until(&p, &now, 0, PACE_GO_ON, 1000), 50);
	/* it was long ago by now, and 1 us each is little */
	assert_int_equal(turns_until(&p, &now, 10000, PACE_REST, 60), 0);
	assert_true(p.measures);
	now += TURN_NS;
	p.looked[1] += 1000;
	pace_cost(&p, now, 1000 * 1000);
	assert_int_equal(pace_turn(&p, now), PACE_AS_IT_IS);
	assert_int_equal(turns_until(&p, &now, 49000, PACE_REST, 60), 0);
	assert_int_equal(turns_until(&p, &now, 51000, PACE_REST, 60), 3);
	pace_clear(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follows_what_it_can),
		cmocka_unit_test(test_rests_and_tries_again),
		cmocka_unit_test(test_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
