/* SPDX-License-Identifier: GPL-2.0-only */
/* The Prometheus text: escaping, sites that share their labels, too many values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "output/prometheus.h"

static const uint64_t no_losses[WB_LOSS_MAX];
static const struct sink_start start = {.version = "1", .kernel = "6.1", .mode = "fentry"};

static void drop(struct tally *t, const char *dev, const char *chain, uint64_t packets)
{
	struct tally_sums n = {.packets = packets, .segments = packets, .bytes = 100 * packets};
	struct journey j = {.outcome = OUTCOME_DROPPED, .has_drop = true};

	j.drop.layer = WB_LAYER_NETFILTER;
	j.drop.station = WB_STATION_NF_INPUT;
	snprintf(j.drop.reason, sizeof(j.drop.reason), "NETFILTER_DROP");
	snprintf(j.drop.at.netns, sizeof(j.drop.at.netns), "R");
	snprintf(j.drop.at.dev, sizeof(j.drop.at.dev), "%s", dev);
	j.drop.decider = decider_new(DECIDER_NFT_RULE);
	decider_set_text(j.drop.decider, "family", "inet");
	decider_set_text(j.drop.decider, "table", "f");
	decider_set_text(j.drop.decider, "chain", chain);
	decider_set_number(j.drop.decider, "handle", 7);
	assert_int_equal(tally_count(t, &j, &n), 0);
	decider_unref(j.drop.decider);
}

static void print(struct text *t, const struct tally *all, bool rules)
{
	struct prometheus p = {.all = all,
			       .start = &start,
			       .losses = no_losses,
			       .rules = rules,
			       .conntrack_entries = -1,
			       .conntrack_limit = -1};

	prometheus_text(t, &p);
	assert_false(t->failed);
}

static void escapes(void **state)
{
	struct tally all = {0};
	struct text t = {0};

	(void)state;
	drop(&all, "a\"b\\c\nd", "in", 3);
	print(&t, &all, false);
	assert_non_null(strstr(t.s, "interface=\"a\\\"b\\\\c\\nd\",layer=\"netfilter\""));
	assert_null(strstr(t.s, "waybill_conntrack"));
	text_free(&t);
	tally_clear(&all);
}

/* Two rules are two sites, and one series unless rules were asked for. */
static void sums_up(void **state)
{
	static const char series[] = "waybill_drops_total{netns=\"R\",interface=\"r0\",layer="
				     "\"netfilter\",station=\"nf.input\",reason=\"NETFILTER_DROP\"";
	struct tally all = {0};
	struct text t = {0};
	char want[256];

	(void)state;
	drop(&all, "r0", "one", 3);
	drop(&all, "r0", "two", 4);
	print(&t, &all, false);
	snprintf(want, sizeof(want), "%s} 7\n", series);
	assert_non_null(strstr(t.s, want));
	text_reset(&t);
	print(&t, &all, true);
	snprintf(want, sizeof(want), "%s,rule=\"nft inet f one handle 7\"} 3\n", series);
	assert_non_null(strstr(t.s, want));
	text_free(&t);
	tally_clear(&all);
}

static void caps(void **state)
{
	struct tally all = {0};
	struct text t = {0};
	char chain[32];

	(void)state;
	for (int i = 0; i < PROMETHEUS_VALUES_MAX + 9; i++) {
		snprintf(chain, sizeof(chain), "c%d", i);
		drop(&all, "r0", chain, 1);
	}
	print(&t, &all, true);
	assert_non_null(strstr(t.s, "rule=\"other\"} 9\n"));
	text_free(&t);
	tally_clear(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(sums_up),
		cmocka_unit_test(caps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
