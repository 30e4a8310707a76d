/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums of packets by site and by attribute, and what dropping at XDP would save. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/saving.h"
#include "model/tally_group.h"

static struct journey dropped(enum wb_layer layer, enum wb_station station, const char *reason,
			      const char *dev)
{
	struct journey j = {.outcome = OUTCOME_DROPPED, .has_drop = true};

	j.drop.layer = layer;
	j.drop.station = station;
	snprintf(j.drop.reason, sizeof(j.drop.reason), "%s", reason);
	snprintf(j.drop.at.dev, sizeof(j.drop.at.dev), "%s", dev);
	j.drop.at.ifindex = dev[0];
	snprintf(j.drop.at.netns, sizeof(j.drop.at.netns), "R");
	return j;
}

static void test_sums(void **state)
{
	struct journey xdp = dropped(WB_LAYER_XDP, WB_STATION_XDP, "XDP_DROP", "a");
	struct journey sock = dropped(WB_LAYER_SOCKET, WB_STATION_UDP, "NO_SOCKET", "b");
	struct journey fine = {.outcome = OUTCOME_DELIVERED};
	struct tally_sums n = {.packets = 3, .segments = 9, .bytes = 300, .cost_ns = 3000};
	struct tally t = {0};

	(void)state;
	assert_int_equal(tally_count(&t, &sock, &n), 0);
	assert_int_equal(tally_count(&t, &xdp, &n), 0);
	assert_int_equal(tally_count(&t, &xdp, &n), 0);
	assert_int_equal(tally_count(&t, &fine, &n), 0);
	tally_sort(&t);
	assert_int_equal(t.seen, 12);
	assert_int_equal(t.outcomes[OUTCOME_DELIVERED], 3);
	assert_int_equal(t.dropped[WB_LAYER_XDP], 6);
	assert_int_equal(t.n_sites, 2);
	assert_int_equal(t.sites[0].layer, WB_LAYER_XDP);
	assert_int_equal(t.sites[0].packets, 6);
	assert_int_equal(t.sites[0].segments, 18);
	assert_int_equal(t.sites[0].bytes, 600);
	tally_restart(&t);
	assert_int_equal(t.seen, 0);
	assert_int_equal(t.sites[0].packets, 0);
	assert_int_equal(t.sites[0].early, 6);
	assert_int_equal(tally_count(&t, &xdp, &n), 0);
	assert_int_equal(t.n_sites, 2);
	assert_int_equal(t.sites[0].packets, 3);
	tally_clear(&t);
}

/* A new site takes the place of the one that was silent for longest; the sums stay true. */
static void test_crowded(void **state)
{
	struct journey j = dropped(WB_LAYER_ROUTE, WB_STATION_ROUTE_IN, "IP_INNOROUTES", "a");
	struct tally_sums n = {.packets = 2, .bytes = 20};
	uint64_t sites = 0, bytes = 0;
	struct tally t = {0};

	(void)state;
	for (unsigned i = 0; i < TALLY_SITES_MAX + 5; i++) {
		j.drop.at.netns_inum = i;
		assert_int_equal(tally_count(&t, &j, &n), 0);
		j.drop.at.netns_inum = 0; /* never silent */
		assert_int_equal(tally_count(&t, &j, &n), 0);
	}
	assert_int_equal(t.n_sites, TALLY_SITES_MAX);
	for (size_t i = 0; i < t.n_sites; i++) {
		sites += t.sites[i].packets;
		bytes += t.sites[i].bytes;
		assert_false(t.sites[i].at.netns_inum && t.sites[i].at.netns_inum <= 5);
	}
	assert_int_equal(t.other[WB_LAYER_ROUTE].packets, 10);
	assert_int_equal(sites + 10, t.dropped[WB_LAYER_ROUTE]);
	assert_int_equal(bytes + t.other[WB_LAYER_ROUTE].bytes, t.dropped[WB_LAYER_ROUTE] * 10);
	tally_clear(&t);
}

/* A read moves a datagram from one end to another: what was counted there is taken back. */
static void test_taken_back(void **state)
{
	struct journey queued = {.outcome = OUTCOME_QUEUED}, read = {.outcome = OUTCOME_DELIVERED};
	struct tally_sums plus = {.packets = 2}, minus = {.packets = -2};
	struct tally t = {0};

	(void)state;
	tally_count(&t, &queued, &plus);
	tally_count(&t, &queued, &minus);
	tally_count(&t, &read, &plus);
	assert_int_equal(t.seen, 2);
	assert_int_equal(t.outcomes[OUTCOME_QUEUED], 0);
	assert_int_equal(t.outcomes[OUTCOME_DELIVERED], 2);
}

static void test_groups(void **state)
{
	struct journey one = dropped(WB_LAYER_XDP, WB_STATION_XDP, "XDP_DROP", "a");
	struct journey two = dropped(WB_LAYER_SOCKET, WB_STATION_UDP, "NO_SOCKET", "a");
	struct journey three = dropped(WB_LAYER_SOCKET, WB_STATION_TCP, "NO_SOCKET", "b");
	struct tally_sums n = {.packets = 1, .bytes = 10};
	struct tally_group *g;
	struct tally t = {0};
	size_t groups;

	(void)state;
	tally_count(&t, &three, &n);
	tally_count(&t, &two, &n);
	tally_count(&t, &one, &n);
	assert_int_equal(tally_group(&t, tally_by_name("iface"), &g, &groups), 0);
	assert_int_equal(groups, 2);
	assert_string_equal(g[0].name, "R a");
	assert_int_equal(g[0].packets, 2);
	free(g);
	assert_int_equal(tally_group(&t, tally_by_name("reason"), &g, &groups), 0);
	assert_string_equal(g[0].name, "NO_SOCKET");
	assert_int_equal(g[0].bytes, 20);
	free(g);
	assert_int_equal(tally_group(&t, tally_by_name("rule"), &g, &groups), 0);
	assert_int_equal(groups, 1);
	assert_string_equal(g[0].name, "");
	free(g);
	assert_int_equal(tally_by_name(NULL), TALLY_BY_SITE);
	assert_int_equal(tally_by_name("port"), TALLY_BY_MAX);
	tally_clear(&t);
}

static void test_simple_rules(void **state)
{
	static const char *const simple[] = {
		"ip saddr 10.1.0.0/16 udp dport 9002 counter packets 5 bytes 10 drop",
		"ip6 saddr { 2001:db8::1, 2001:db8::2 } drop",
		"iifname \"eth0\" tcp dport != 22 drop comment \"ct state is no matter here\"",
		"ip saddr @bad counter drop",
		"-A INPUT -s 10.0.0.0/8 -p udp -m udp --dport 53 -j DROP",
	};
	static const char *const others[] = {
		"ct state invalid drop",
		"tcp dport 22 limit rate 5/second drop",
		"meta mark 0x1 drop",
		"fib saddr . iif oif 0 drop",
		"udp dport 9 reject",
		"oifname \"eth0\" drop",
		"comment \"open",
		"-A INPUT -m conntrack --ctstate INVALID -j DROP",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		assert_true(saving_rule_is_simple(simple[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(saving_rule_is_simple(others[i]));
}

/* 1,000,000 packets in ten seconds, 1 us each: a tenth of a CPU. */
static void test_saving(void **state)
{
	struct decider *d = decider_new(DECIDER_NFT_RULE);
	struct tally_site s = {
		.station = WB_STATION_NF_INPUT,
		.packets = 1000000,
		.timed = 500000, /* the others are taken for alike */
		.here_ns = 500000000,
		.decider = d,
	};

	(void)state;
	assert_true(saving_permille(&s, 10000000000) < 0); /* its text is not known */
	decider_set_text(d, "rule", "udp dport 9 drop");
	assert_int_equal(saving_permille(&s, 10000000000), 100);
	s.mixed = true;
	assert_true(saving_permille(&s, 10000000000) < 0);
	s.mixed = false;
	s.station = WB_STATION_NF_OUTPUT; /* XDP sees nothing of what is sent */
	assert_true(saving_permille(&s, 10000000000) < 0);
	decider_unref(d);
}

/* How full a socket is makes no other site of it; the site shows it as it is by now. */
static void test_same_decider(void **state)
{
	struct journey j = dropped(WB_LAYER_SOCKET, WB_STATION_SOCKET_QUEUE, "SOCKET_RCVBUFF", "a");
	struct tally_sums one = {.packets = 1};
	struct tally t = {0};

	(void)state;
	for (int bytes = 1000; bytes < 3000; bytes += 500) {
		j.drop.decider = decider_new(DECIDER_SOCKET);
		decider_set_text(j.drop.decider, "local", "10.1.0.1:9");
		decider_set_number(j.drop.decider, "queued_bytes", bytes);
		decider_set_number(j.drop.decider, "limit", 2304);
		assert_int_equal(tally_count(&t, &j, &one), 0);
		decider_unref(j.drop.decider);
	}
	assert_int_equal(t.n_sites, 1);
	assert_int_equal(t.sites[0].packets, 4);
	assert_int_equal(decider_number(t.sites[0].decider, "queued_bytes", 0), 2500);
	tally_clear(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),	     cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_taken_back),
		cmocka_unit_test(test_groups),	     cmocka_unit_test(test_simple_rules),
		cmocka_unit_test(test_saving),	     cmocka_unit_test(test_same_decider),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
