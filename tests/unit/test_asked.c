/* SPDX-License-Identifier: GPL-2.0-only */
/* Who waits in vain for a link address is told who dropped the question or the answer, if that was
 * about this address; an answer that a rule dropped, that conntrack had forgotten the question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "causes/asked.h"
#include "causes/passed.h"

#define SECOND 1000000000ull

static const struct wb_packet arp = {
	.ethertype = 0x0806, .saddr = {10, 0, 0, 1}, .daddr = {10, 0, 0, 2}};
static const struct wb_packet solicit = {.family = 6,
					 .proto = 58,
					 .icmp_type = 135,
					 .saddr = {0xfd, [15] = 1},
					 .daddr = {0xff, 2, [11] = 1, [12] = 0xff, [15] = 2}};
static const struct wb_packet advert = {
	.family = 6, .proto = 58, .icmp_type = 136, .saddr = {0xfd, [15] = 2}};

static void note(struct asked *a, const struct wb_packet *p)
{
	struct journey j = {
		.ts_ns = SECOND, .has_packet = true, .outcome = OUTCOME_DROPPED, .packet = *p};

	j.drop.decider = decider_new(DECIDER_NFT_RULE);
	decider_set_text(j.drop.decider, "family", "arp");
	strcpy(j.drop.at.netns, "far");
	asked_note(a, &j);
	decider_unref(j.drop.decider);
}

/* Is this said of a next hop with this address, and only once? NULL: nothing may be said. */
static void assert_told(const struct asked *a, const char *address, const char *says)
{
	struct journey j = {.ts_ns = 2 * SECOND, .outcome = OUTCOME_DROPPED};
	const char *hint;

	j.drop.decider = decider_new(DECIDER_NEIGHBOUR);
	decider_set_text(j.drop.decider, "address", address);
	decider_set_text(j.drop.decider, "state", "failed");
	assert_int_equal(asked_tell(a, &j), says != NULL);
	assert_false(asked_tell(a, &j));
	hint = decider_text(j.drop.decider, "hint");
	assert_int_equal(hint != NULL, says != NULL);
	if (says)
		assert_non_null(strstr(hint, says));
	decider_unref(j.drop.decider);
}

static void test_dropped_question(void **state)
{
	struct asked a = {0};

	(void)state;
	note(&a, &arp);
	assert_told(&a, "10.0.0.2", "the question for it was dropped in far by nft arp");
	assert_told(&a, "10.0.0.1", "its answer was dropped in far");
	assert_told(&a, "10.0.0.3", NULL);
	assert_told(&a, "fd00::2", NULL);
	asked_clear(&a);
}

static void test_dropped_discovery(void **state)
{
	struct asked a = {0};

	(void)state;
	note(&a, &solicit);
	assert_told(&a, "fd00::2", "the question for it was dropped");
	assert_told(&a, "fd00::1", NULL);
	note(&a, &advert);
	assert_told(&a, "fd00::2", "its answer was dropped");
	asked_clear(&a);
}

static void test_an_old_one_says_nothing(void **state)
{
	struct asked a = {0};

	(void)state;
	note(&a, &arp);
	a.dropped[0].ts_ns = 3 * SECOND;
	assert_told(&a, "10.0.0.2", NULL);
	asked_clear(&a);
}

/* A datagram that went out through conntrack in this zone, of the namespace 7. */
static void pass(struct passed *p, uint16_t zone)
{
	struct step s = {.station = WB_STATION_NF_FORWARD,
			 .at.netns_inum = 7,
			 .ct = {.has = true, .raw = {.has = 1, .info = 2, .zone = zone}}};
	struct journey j = {.ts_ns = SECOND,
			    .has_packet = true,
			    .outcome = OUTCOME_DELIVERED,
			    .packet = {.family = 4, .proto = 6, .sport = 1, .dport = 2},
			    .steps = &s,
			    .n_steps = 1};

	passed_note(p, &j);
}

/* info: of the answer, which a rule dropped in zone 0. */
static void assert_answer(const struct passed *p, uint8_t info, const char *says)
{
	struct step s = {.station = WB_STATION_NF_FORWARD,
			 .at.netns_inum = 7,
			 .ct = {.has = true, .raw = {.has = 1, .info = info}}};
	struct journey j = {.ts_ns = 3 * SECOND,
			    .has_packet = true,
			    .outcome = OUTCOME_DROPPED,
			    .packet = {.family = 4, .proto = 6, .sport = 2, .dport = 1},
			    .steps = &s,
			    .n_steps = 1};

	j.drop.at.netns_inum = 7;
	j.drop.decider = decider_new(DECIDER_NFT_POLICY);
	assert_int_equal(passed_tell(p, NULL, &j), says != NULL);
	if (says)
		assert_non_null(strstr(decider_text(j.drop.decider, "hint"), says));
	decider_unref(j.drop.decider);
}

static void test_answer_that_is_new(void **state)
{
	struct passed p = {0};

	(void)state;
	assert_answer(&p, 2, NULL);
	pass(&p, 0);
	assert_answer(&p, 2, "went out 2.0 s before, but conntrack has no entry");
	assert_answer(&p, 3, NULL); /* established: conntrack knows it */
	pass(&p, 5);
	assert_answer(&p, 2, "in zone 5; this answer came in zone 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dropped_question),
		cmocka_unit_test(test_dropped_discovery),
		cmocka_unit_test(test_an_old_one_says_nothing),
		cmocka_unit_test(test_answer_that_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
