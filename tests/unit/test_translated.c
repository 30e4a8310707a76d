/* SPDX-License-Identifier: GPL-2.0-only */
/* An answer that comes back past the NAT is known by the packet that it answers, and by no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "causes/translated.h"

static const struct wb_packet asked = {.family = 4,
				       .proto = 6,
				       .sport = 4000,
				       .dport = 80,
				       .saddr = {10, 0, 0, 1},
				       .daddr = {192, 0, 2, 1}};

/* The request, to 10.0.0.2 port 8080 at its end; masqueraded: from another source, too. */
static void note(struct translated *t, bool masqueraded)
{
	struct step steps[2] = {{.station = WB_STATION_RX}, {.station = WB_STATION_NAT}};
	struct journey j = {
		.ts_ns = 1000, .has_packet = true, .packet = asked, .steps = steps, .n_steps = 2};

	steps[1].rewritten = true;
	steps[1].packet = asked;
	steps[1].packet.dport = 8080;
	memcpy(steps[1].packet.daddr, (uint8_t[]){10, 0, 0, 2}, 4);
	steps[1].packet.saddr[3] += masqueraded;
	strcpy(steps[1].at.netns, "router");
	translated_note(t, &j);
}

/*
 * What is said of an answer to 10.0.0.HOST and that port, in a namespace; NULL nothing. The caller
 * frees the decider.
 */
static const char *told_to(const struct translated *t, uint8_t host, uint16_t port, uint32_t inum,
			   struct decider **d)
{
	struct journey j = {.ts_ns = 2000,
			    .has_packet = true,
			    .outcome = OUTCOME_DROPPED,
			    .packet = {.family = 4,
				       .proto = 6,
				       .sport = 8080,
				       .dport = port,
				       .saddr = {10, 0, 0, 2},
				       .daddr = {10, 0, 0, host}}};

	j.drop.at.netns_inum = inum;
	*d = j.drop.decider = decider_new(DECIDER_SOCKET);
	strcpy(j.drop.reason, "NO_SOCKET");
	translated_tell(t, &j);
	return decider_text(*d, "cause");
}

static const char *told(const struct translated *t, uint16_t port, struct decider **d)
{
	return told_to(t, 1, port, 0, d);
}

static void test_answer_is_known(void **state)
{
	struct translated t = {0};
	struct decider *d;

	(void)state;
	note(&t, false);
	assert_non_null(strstr(told(&t, 4000, &d), "192.0.2.1 port 80"));
	assert_int_equal(d->n_evidence, 1);
	assert_string_equal(d->evidence[0], "what it answers: 192.0.2.1 port 80 became 10.0.0.2 "
					    "port 8080 in router");
	decider_unref(d);
}

static void test_another_answer_is_not(void **state)
{
	struct translated t = {0};
	struct decider *d;

	(void)state;
	note(&t, false);
	assert_null(told(&t, 4001, &d));
	decider_unref(d);
}

static void test_what_was_masqueraded_is_answered_elsewhere(void **state)
{
	struct translated t = {0};
	struct decider *d;

	(void)state;
	note(&t, true);
	assert_null(told(&t, 4000, &d));
	decider_unref(d);
}

/* Whoever gave the new source finds nobody for the answer if it forgot that; another does not. */
static void test_forgotten_source(void **state)
{
	struct translated t = {0};
	struct decider *d;

	(void)state;
	note(&t, true);
	for (uint32_t inum = 0; inum < 2; inum++) {
		assert_int_equal(!told_to(&t, 2, 4000, inum, &d), inum);
		assert_int_equal(d->n_evidence, !inum);
		decider_unref(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_is_known),
		cmocka_unit_test(test_another_answer_is_not),
		cmocka_unit_test(test_what_was_masqueraded_is_answered_elsewhere),
		cmocka_unit_test(test_forgotten_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
