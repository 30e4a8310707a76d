/* SPDX-License-Identifier: GPL-2.0-only */
/* Two journeys beside each other: what is laid in one row, where they part, which one is typical. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare.h"
#include "output/diff_lines.h"
#include "schema.h"
#include "util/text.h"

static struct step *step(struct journey *j, enum wb_station station, enum verdict v, const char *ns)
{
	struct step *s = &j->steps[j->n_steps];

	*s = (struct step){.station = station, .verdict = v, .dt_ns = 1000 * j->n_steps};
	snprintf(s->at.netns, sizeof(s->at.netns), "%s", ns);
	snprintf(s->at.dev, sizeof(s->at.dev), "r0");
	j->n_steps++;
	return s;
}

/* Through R; delivered, or dropped in FORWARD. */
static struct journey make(uint16_t dport, bool lost)
{
	struct journey j = {.has_packet = true,
			    .number = dport,
			    .outcome = lost ? OUTCOME_DROPPED : OUTCOME_DELIVERED,
			    .has_drop = lost,
			    .packet = {.family = 4,
				       .proto = 17,
				       .sport = 4000,
				       .dport = dport,
				       .saddr = {10, 0, 0, 1},
				       .daddr = {10, 0, 0, 2}}};
	struct step *s;

	j.steps = calloc(16, sizeof(*j.steps));
	step(&j, WB_STATION_RX, VERDICT_NONE, "R");
	s = step(&j, WB_STATION_NF_PREROUTING, VERDICT_ACCEPT, "R");
	s->ct = (struct step_ct){true, {.has = 1, .info = lost ? 0 : 2}};
	s = step(&j, WB_STATION_ROUTE_IN, VERDICT_FORWARD, "R");
	s->route = (struct step_route){.has = true, .raw = {.table = lost ? 100 : 254, .oif = 3}};
	snprintf(s->route.out_dev, sizeof(s->route.out_dev), "r1");
	s = step(&j, WB_STATION_NF_FORWARD, lost ? VERDICT_DROP : VERDICT_ACCEPT, "R");
	if (lost) {
		s->decider = decider_new(DECIDER_NFT_RULE);
		decider_set_text(s->decider, "table", "f");
		decider_set_text(s->decider, "rule", "udp dport 9001 drop");
		j.drop.station = WB_STATION_NF_FORWARD;
		j.drop.at = s->at;
		j.drop.decider = decider_ref(s->decider);
		snprintf(j.drop.reason, sizeof(j.drop.reason), "NETFILTER_DROP");
		return j;
	}
	step(&j, WB_STATION_DRIVER_TX, VERDICT_NONE, "R");
	step(&j, WB_STATION_RX, VERDICT_NONE, "B");
	return j;
}

static const struct diff_item *item(const struct diff *d, enum diff_what what)
{
	for (size_t i = 0; i < d->n_items; i++)
		if (d->items[i].what == what)
			return &d->items[i];
	return NULL;
}

static void parting(void **state)
{
	struct journey a = make(9000, false), b = make(9001, true);
	struct diff d;

	(void)state;
	assert_int_equal(compare(&a, &b, &d), 0);
	assert_int_equal(d.n_rows, 6);
	assert_int_equal(d.parts, 3);
	assert_int_equal(d.same, 1);
	assert_non_null(d.rows[3].a);
	assert_non_null(d.rows[3].b);
	assert_null(d.rows[4].b);
	assert_int_equal(d.rows[5].a->station, WB_STATION_RX);
	assert_string_equal(item(&d, DIFF_DPORT)->a, "9000");
	assert_string_equal(item(&d, DIFF_DPORT)->b, "9001");
	assert_string_equal(item(&d, DIFF_ROUTE)->a, "dev r1 table main");
	assert_string_equal(item(&d, DIFF_ROUTE)->b, "dev r1 table 100");
	assert_string_equal(item(&d, DIFF_CONNTRACK)->b, "established");
	assert_non_null(strstr(item(&d, DIFF_DECIDER)->b, "udp dport 9001 drop"));
	assert_null(item(&d, DIFF_SOURCE));
	diff_clear(&d);
	journey_clear(&a);
	journey_clear(&b);
}

static void alike(void **state)
{
	struct journey a = make(9000, false), b;
	struct diff d;

	(void)state;
	assert_int_equal(journey_copy(&b, &a), 0);
	assert_int_equal(compare(&a, &b, &d), 0);
	assert_int_equal(d.parts, d.n_rows);
	assert_int_equal(d.same, a.n_steps);
	assert_int_equal(d.n_items, 0);
	diff_clear(&d);
	/* a leg that takes much longer is told, and is no parting */
	b.steps[4].dt_ns += 5000000;
	b.steps[5].dt_ns += 5000000;
	assert_int_equal(compare(&a, &b, &d), 0);
	assert_int_equal(d.n_items, 1);
	assert_int_equal(d.items[0].what, DIFF_TIME);
	assert_int_equal(d.parts, d.n_rows);
	diff_clear(&d);
	journey_clear(&a);
	journey_clear(&b);
}

/* One that began elsewhere and one that is dropped where no step shows it. */
static void uneven(void **state)
{
	struct journey a = make(9000, false), b = make(9000, true), none = {0};
	struct diff d;

	(void)state;
	memmove(&a.steps[0], &a.steps[1], --a.n_steps * sizeof(*a.steps));
	journey_cut(&b, 3);
	assert_int_equal(compare(&a, &b, &d), 0);
	assert_int_equal(d.parts, 0);
	assert_null(d.rows[0].a);
	assert_int_equal(d.n_b, 4);
	assert_int_equal(d.rows[3].b->verdict, VERDICT_DROP);
	diff_clear(&d);
	assert_int_equal(compare(&a, &none, &d), 0);
	assert_int_equal(d.n_rows, a.n_steps);
	diff_clear(&d);
	assert_int_equal(compare(&none, &none, &d), 0);
	assert_int_equal(d.parts, 0);
	diff_clear(&d);
	journey_clear(&a);
	journey_clear(&b);
}

static void the_typical(void **state)
{
	struct typical *t = typical_new();
	const struct journey *j;
	uint64_t n, all;

	(void)state;
	assert_null(typical_of(t, &n, &all));
	for (unsigned i = 0; i < 100; i++) {
		struct journey x = make(9000, i % 4 == 0);

		x.duration_ns = i;
		x.number = i;
		assert_int_equal(typical_add(t, &x), 0);
		journey_clear(&x);
	}
	j = typical_of(t, &n, &all);
	assert_int_equal(n, 75);
	assert_int_equal(all, 100);
	assert_int_equal(j->outcome, OUTCOME_DELIVERED);
	/* the median of the first 33: 1 2 3 5 6 7 ... 43 */
	assert_int_equal(j->duration_ns, 22);
	typical_free(t);
}

static void lines(void **state)
{
	static const struct sink_opts o = {.width = 80};
	const struct diff_side sides[2] = {{.what = "9000"}, {.what = "udp\033", .alike = 3, .all = 4}};
	struct journey a = make(9000, false), b = make(9001, true);
	struct text t = {0};
	json_t *root, *v;
	char where[256] = "";
	struct diff d;

	(void)state;
	assert_int_equal(compare(&a, &b, &d), 0);
	diff_text(&t, &d, sides, &o);
	assert_non_null(strstr(t.s, "part  at nf.forward in R: A accept; B drop, by nft"));
	assert_non_null(strstr(t.s, "first the route differs, at route.in: A dev r1 table main"));
	assert_null(strchr(t.s, '\033'));
	text_reset(&t);
	diff_json(&t, &d, sides);
	v = json_loads(t.s, 0, NULL);
	root = json_load_file("tests/schema/diff.json", 0, NULL);
	assert_non_null(v);
	assert_non_null(root);
	if (!schema_valid(root, root, v, where, sizeof(where)))
		fail_msg("%s: %s", where, t.s);
	json_decref(v);
	json_decref(root);
	text_free(&t);
	diff_clear(&d);
	journey_clear(&a);
	journey_clear(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parting),     cmocka_unit_test(alike), cmocka_unit_test(uneven),
		cmocka_unit_test(the_typical), cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
