/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys chosen by what became of them, and the names of a recording's files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/choose.h"
#include "cmd/rotate.h"
#include "util/clock.h"

static struct journey lost(void)
{
	struct journey j = {.outcome = OUTCOME_DROPPED, .has_drop = true};
	struct decider *rule = decider_new(DECIDER_NFT_RULE);
	struct step *s;

	decider_set_text(rule, "table", "fw");
	j.steps = s = calloc(2, sizeof(*s));
	j.n_steps = 2;
	s[0].station = WB_STATION_SOCKET_SEND;
	s[0].task = (struct step_task){true, {.pid = 42, .comm = "curl"}};
	snprintf(s[0].at.netns, sizeof(s[0].at.netns), "A");
	s[0].ct = (struct step_ct){true, {.has = 1, .mark = 0x12}};
	s[1].station = WB_STATION_RX;
	snprintf(s[1].at.dev, sizeof(s[1].at.dev), "r0");
	j.drop = (struct drop){.layer = WB_LAYER_NETFILTER,
			       .station = WB_STATION_NF_FORWARD,
			       .reason = "NETFILTER_DROP",
			       .decider = rule};
	return j;
}

static bool takes(const struct options *o)
{
	struct choose c = {0};
	struct journey j = lost();
	bool r;

	assert_int_equal(choose_parse(&c, o), 0);
	r = choose_passes(&c, &j);
	journey_clear(&j);
	return r;
}

static void conditions(void **state)
{
	static const struct {
		const char *where;
		bool takes;
	} rows[] = {
		{"outcome=dropped", true},
		{"outcome=delivered", false},
		{"outcome!=dropped", false},
		{"layer=netfilter", true},
		{"reason=NETFILTER_DROP", true},
		{"reason!=NETFILTER_DROP", false},
		{"station=nf.forward", true},
		{"station=rx", true},
		{"station=udp", false},
		{"decider=nft_rule", true},
		{"decider=fw", true},
		{"decider=socket", false},
		{"netns=A", true},
		{"netns=B", false},
		{"dev=r0", true},
		{"dev=r1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct options o = {.where = {.word = {rows[i].where}, .n = 1}};

		if (takes(&o) != rows[i].takes)
			fail_msg("%s", rows[i].where);
	}
	assert_false(
		takes(&(struct options){.where = {.word = {"outcome=dropped", "dev=r9"}, .n = 2}}));
}

static void processes(void **state)
{
	(void)state;
	assert_true(takes(&(struct options){.pid = 42}));
	assert_false(takes(&(struct options){.pid = 43}));
	assert_true(takes(&(struct options){.comm = "curl"}));
	assert_false(takes(&(struct options){.comm = "wget"}));
	assert_false(takes(&(struct options){.pid = 43, .comm = "curl"}));
	assert_true(takes(&(struct options){.mark = "0x12"}));
	assert_true(takes(&(struct options){.mark = "0x10/0xf0"}));
	assert_false(takes(&(struct options){.mark = "0x13"}));
}

static void refused(void **state)
{
	static const char *const rows[] = {"outcome",	  "outcome=",	"outcome=lost",
					   "station=foo", "colour=red", "=x"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct options o = {.where = {.word = {rows[i]}, .n = 1}};
		struct choose c = {0};

		assert_int_not_equal(choose_parse(&c, &o), 0);
	}
}

static void is_named(const struct options *o, uint64_t n, const char *want)
{
	char *name = rotate_name(o, n, 0);

	assert_string_equal(name, want);
	free(name);
}

static void names(void **state)
{
	const struct options plain = {.write = "x.wb"}, size = {.write = "x.wb", .rotate_bytes = 9},
			     packed = {.write = "x.wb.gz", .rotate_bytes = 9},
			     ring = {.write = "x", .rotate_bytes = 9, .rotate_files = 11},
			     timed = {.write = "x%Y", .rotate_seconds = 5, .rotate_files = 2};

	(void)state;
	is_named(&plain, 0, "x.wb");
	is_named(&size, 0, "x.wb");
	is_named(&size, 12, "x.wb12");
	is_named(&packed, 3, "x.wb3.gz");
	is_named(&ring, 0, "x00");
	is_named(&ring, 12, "x01");
	is_named(&timed, 1, "x1970");
	assert_true(rotate_due(&size, 9, 0, 0));
	assert_false(rotate_due(&size, 8, 0, UINT64_MAX));
	assert_true(rotate_due(&timed, 0, SECOND_NS, 6 * SECOND_NS));
	assert_false(rotate_due(&timed, 0, SECOND_NS, 5 * SECOND_NS));
	assert_true(rotate_ends(&timed, 1));
	assert_false(rotate_ends(&timed, 0));
	assert_false(rotate_ends(&ring, 50));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions),
		cmocka_unit_test(processes),
		cmocka_unit_test(refused),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
