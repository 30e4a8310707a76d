/* SPDX-License-Identifier: GPL-2.0-only */
/* Conversations: both directions through NAT are one, what its state is, where its time goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flows/flows.h"
#include "output/flow_lines.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static struct wb_packet packet(uint8_t from, uint16_t sport, uint8_t to, uint16_t dport,
			       uint8_t flags)
{
	return (struct wb_packet){.family = 4,
				  .proto = 6,
				  .sport = sport,
				  .dport = dport,
				  .tcp_flags = flags,
				  .tcp_window = 100,
				  .saddr = {10, 0, 0, from},
				  .daddr = {10, 0, 0, to}};
}

/* A journey of two steps, ns apart; behind the second it has the headers of nat. */
static void feed(struct flows *all, struct wb_packet p, const struct wb_packet *nat, uint64_t at,
		 uint64_t ns, bool lost)
{
	struct journey j = {.packet = p,
			    .has_packet = true,
			    .flow_id = packet_flow_id(&p),
			    .wall_ns = at,
			    .duration_ns = ns,
			    .len = 10,
			    .outcome = lost ? OUTCOME_DROPPED : OUTCOME_DELIVERED,
			    .has_drop = lost};

	j.steps = calloc(2, sizeof(*j.steps));
	j.n_steps = 2;
	j.steps[0].station = WB_STATION_QDISC;
	j.steps[1].station = WB_STATION_DRIVER_TX;
	j.steps[1].dt_ns = ns;
	if (nat) {
		j.steps[1].rewritten = true;
		j.steps[1].packet = *nat;
	}
	if (lost) {
		j.drop.station = WB_STATION_NF_FORWARD;
		snprintf(j.why, sizeof(j.why), "a rule");
	}
	assert_int_equal(flows_journey(all, &j), 0);
	journey_clear(&j);
}

static struct flow *only;
static unsigned n;

static void count(void *arg, struct flow *f)
{
	(void)arg;
	only = f;
	n++;
}

static struct flow *the_only(struct flows *all)
{
	n = 0;
	flows_each(all, count, NULL);
	assert_int_equal(n, 1);
	return only;
}

/* The client 1 is seen as 9 by the server 2, which answers 9. */
static void through_nat(void **state)
{
	struct wb_packet nat = packet(9, 4000, 2, 80, SYN),
			 back = packet(2, 80, 1, 4000, SYN | ACK);
	struct flows *all = flows_new(count, NULL);
	struct text t = {0};
	struct flow *f;

	(void)state;
	feed(all, packet(1, 4000, 2, 80, SYN), &nat, 1000, 5, false);
	assert_string_equal(flow_state(the_only(all), false), "syn_sent");
	feed(all, packet(2, 80, 9, 4000, SYN | ACK), &back, 1100, 7, false);
	nat.tcp_flags = ACK;
	feed(all, packet(1, 4000, 2, 80, ACK), &nat, 1200, 15, false);
	f = the_only(all);
	assert_string_equal(flow_state(f, false), "established");
	assert_int_equal(f->packets[WAY_AB], 2);
	assert_int_equal(f->packets[WAY_BA], 1);
	assert_int_equal(f->n_ends[WAY_AB], 2);
	assert_int_equal(f->ends[WAY_AB][1].addr[3], 9);
	assert_int_equal(f->n_legs, 2);
	assert_int_equal(f->legs[0].n, 2);
	assert_int_equal(flow_percentile(&f->legs[0], 50), 5);
	assert_int_equal(f->legs[0].max_ns, 15);
	flow_json(&t, f, true);
	assert_non_null(strstr(t.s, "\"a\":{\"addr\":\"10.0.0.1\",\"port\":4000}"));
	assert_non_null(strstr(t.s, "\"packets\":{\"ab\":2,\"ba\":1}"));
	assert_non_null(
		strstr(t.s, "\"nat\":[{\"of\":\"a\",\"addr\":\"10.0.0.9\",\"port\":4000}]"));
	feed(all, packet(1, 4000, 2, 80, FIN | ACK), NULL, 1300, 5, false);
	assert_string_equal(flow_state(f, false), "established");
	feed(all, packet(2, 80, 9, 4000, FIN | ACK), NULL, 1400, 5, false);
	assert_string_equal(flow_state(f, false), "closed");
	text_free(&t);
	flows_free(all);
}

static void without_answer(void **state)
{
	struct flows *all = flows_new(count, NULL);
	char waits[160];
	struct flow *f;

	(void)state;
	feed(all, packet(1, 4000, 2, 80, SYN), NULL, 1000, 5, true);
	feed(all, packet(1, 4000, 2, 80, SYN), NULL, 2000, 5, true);
	f = the_only(all);
	assert_string_equal(flow_state(f, true), "unanswered");
	assert_int_equal(f->dropped, 2);
	assert_string_equal(f->why, "a rule");
	flow_waits_for(f, true, waits, sizeof(waits));
	assert_string_equal(waits, "an answer to its SYN, sent 2 times, each of which died");
	feed(all, packet(2, 80, 1, 4000, RST | ACK), NULL, 3000, 5, false);
	assert_string_equal(flow_state(f, true), "refused");
	flows_free(all);
}

/* One more than there is room for: who was silent longest is told and forgotten. */
static void room(void **state)
{
	struct flows *all = flows_new(count, NULL);

	(void)state;
	n = 0;
	for (unsigned i = 0; i < FLOWS_MAX + 3; i++)
		feed(all, packet(1, 1024 + i, 2, 80, SYN), NULL, 1000 + i, 5, false);
	assert_int_equal(n, 3);
	n = 0;
	flows_each(all, count, NULL);
	assert_int_equal(n, FLOWS_MAX);
	flows_free(all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(through_nat),
		cmocka_unit_test(without_answer),
		cmocka_unit_test(room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
