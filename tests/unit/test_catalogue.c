/* SPDX-License-Identifier: GPL-2.0-only */
/* The catalogue's tables hold together, and its advice names the packet's own things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "causes/catalogue.h"

static void every_row_is_complete(void **state)
{
	const struct reason_row *r;
	const struct place_row *p;
	size_t n;

	(void)state;
	r = catalogue_reasons(&n);
	for (size_t i = 0; i < n; i++) {
		assert_true(r[i].meaning[0]);
		assert_ptr_equal(catalogue_reason(r[i].name), &r[i]);
	}
	p = catalogue_places(&n);
	for (size_t i = 0; i < n; i++) {
		if (p[i].reason && !catalogue_reason(p[i].reason))
			fail_msg("%s: reason %s has no row", p[i].function, p[i].reason);
		/* a row behind one that takes its functions would never serve */
		if (catalogue_place(p[i].function) != &p[i])
			fail_msg("%s: an earlier row takes it", p[i].function);
	}
	for (int s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
		assert_non_null(catalogue_station(s));
}

static void layers_as_promised(void **state)
{
	static const struct {
		const char *reason;
		enum wb_layer layer;
	} rows[] = {
		{"NO_SOCKET", WB_LAYER_SOCKET},
		{"TCP_OLD_ACK", WB_LAYER_STACK},
		{"IP_CSUM", WB_LAYER_STACK},
		{"SOCKET_RCVBUFF", WB_LAYER_SOCKET},
		{"IP_RPFILTER", WB_LAYER_ROUTE},
		{"NETFILTER_DROP", WB_LAYER_NETFILTER},
		{"NEIGH_FAILED", WB_LAYER_ROUTE},
		{"VXLAN_VNI_NOT_FOUND", WB_LAYER_STACK},
		{"TCP_LISTEN_OVERFLOW", WB_LAYER_SOCKET},
		{"QDISC_OVERLIMIT", WB_LAYER_QDISC},
		{"TC_INGRESS", WB_LAYER_TC_IN},
		{"TC_EGRESS", WB_LAYER_TC_OUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(catalogue_reason(rows[i].reason)->layer, rows[i].layer);
	assert_int_equal(catalogue_place("ip_tunnel_rcv")->station, WB_STATION_TUNNEL);
	assert_int_equal(catalogue_place("veth_xdp_rcv_skb")->layer, WB_LAYER_XDP);
	assert_null(catalogue_place("no_such_function"));
}

static struct journey dropped(enum wb_layer l, enum wb_station s, const char *reason)
{
	struct journey j = {.outcome = OUTCOME_DROPPED, .has_drop = true};

	j.drop.layer = l;
	j.drop.station = s;
	snprintf(j.drop.reason, sizeof(j.drop.reason), "%s", reason);
	snprintf(j.drop.at.dev, sizeof(j.drop.at.dev), "r0");
	snprintf(j.drop.at.netns, sizeof(j.drop.at.netns), "R");
	j.packet = (struct wb_packet){.family = 4,
				      .proto = 17,
				      .sport = 4000,
				      .dport = 9000,
				      .saddr = {10, 1, 0, 1},
				      .daddr = {10, 2, 0, 2}};
	return j;
}

static void advice_names_things(void **state)
{
	struct journey j = dropped(WB_LAYER_ROUTE, WB_STATION_ROUTE_IN, "IP_INNOROUTES");

	(void)state;
	catalogue_advise(&j);
	assert_non_null(strstr(j.why, "10.2.0.2"));
	assert_non_null(strstr(j.next, "ip netns exec R ip route get 10.2.0.2"));

	j = dropped(WB_LAYER_SOCKET, WB_STATION_UDP, "NO_SOCKET");
	catalogue_advise(&j);
	assert_string_equal(j.sender_sees, "refused");
	assert_non_null(strstr(j.next, "sport = :9000"));

	j = dropped(WB_LAYER_QDISC, WB_STATION_QDISC, "QDISC_DROP");
	catalogue_advise(&j);
	assert_non_null(strstr(j.next, "tc -s qdisc show dev r0"));
}

static void reject_answers(void **state)
{
	static const struct {
		const char *rule, *sees;
	} rows[] = {
		{"tcp dport 80 reject with tcp reset", "refused"},
		{"reject", "refused"},
		{"reject with icmp host-unreachable", "unreachable"},
		{"reject with icmpx admin-prohibited", "unreachable"},
		{"counter drop", "timeout"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct journey j =
			dropped(WB_LAYER_NETFILTER, WB_STATION_NF_FORWARD, "NETFILTER_DROP");

		j.drop.decider = decider_new(DECIDER_NFT_RULE);
		decider_set_text(j.drop.decider, "family", "inet");
		decider_set_text(j.drop.decider, "table", "f");
		decider_set_text(j.drop.decider, "chain", "fw");
		decider_set_text(j.drop.decider, "rule", rows[i].rule);
		catalogue_advise(&j);
		assert_string_equal(j.sender_sees, rows[i].sees);
		assert_non_null(strstr(j.next, "nft -a list chain inet f fw"));
		decider_unref(j.drop.decider);
	}
}

/* No ICMP error came, where one is due and would have been seen. */
static void held_errors(void **state)
{
	struct journey j = dropped(WB_LAYER_SOCKET, WB_STATION_UDP, "NO_SOCKET");

	(void)state;
	j.packet.saddr[0] = 10;
	j.icmp_watched = true;
	catalogue_advise(&j);
	assert_string_equal(j.sender_sees, "timeout");
	assert_non_null(strstr(j.why, "sent no ICMP error"));
	assert_non_null(strstr(j.next, "RateLimit"));

	j.has_icmp = true;
	j.icmp = (struct wb_icmp_body){.type = 3, .code = 3, .family = 4};
	catalogue_advise(&j);
	assert_string_equal(j.sender_sees, "refused");
	assert_null(strstr(j.why, "sent no ICMP error"));
}

static void of_rule(struct journey *j, const char *dev, const char *netns, const char *chain)
{
	*j = dropped(WB_LAYER_NETFILTER, WB_STATION_NF_FORWARD, "NETFILTER_DROP");
	snprintf(j->drop.at.dev, sizeof(j->drop.at.dev), "%s", dev);
	snprintf(j->drop.at.netns, sizeof(j->drop.at.netns), "%s", netns);
	j->drop.decider = decider_new(DECIDER_NFT_RULE);
	decider_set_text(j->drop.decider, "family", "inet");
	decider_set_text(j->drop.decider, "table", "f");
	decider_set_text(j->drop.decider, "chain", chain);
	catalogue_advise(j);
	decider_unref(j->drop.decider);
}

/* A name is one word of the command, or the command does without it. */
static void commands_quote_names(void **state)
{
	struct journey j;

	(void)state;
	of_rule(&j, "r0", "a b", "fw");
	assert_string_equal(j.next, "ip netns exec 'a b' nft -a list chain inet f fw");
	/* nft would parse it, whatever the shell's quotes */
	of_rule(&j, "r0", "R", "x; flush ruleset");
	assert_string_equal(j.next, "ip netns exec R nft -a list ruleset");
	of_rule(&j, "r0", "pid 12 (a b)", "fw");
	assert_string_equal(j.next, "nsenter -t 12 -n nft -a list chain inet f fw");

	j = dropped(WB_LAYER_QDISC, WB_STATION_QDISC, "QDISC_DROP");
	snprintf(j.drop.at.dev, sizeof(j.drop.at.dev), "$(reboot)");
	catalogue_advise(&j);
	assert_string_equal(j.next, "ip netns exec R tc -s qdisc show dev '$(reboot)'");
	snprintf(j.drop.at.dev, sizeof(j.drop.at.dev), "\x9b;id");
	catalogue_advise(&j);
	assert_string_equal(j.next,
			    "ip netns exec R tc -s qdisc show dev \"$(printf '\\233\\073id')\"");

	/* sysctl would write */
	j = dropped(WB_LAYER_ROUTE, WB_STATION_ROUTE_IN, "IP_RPFILTER");
	snprintf(j.drop.at.dev, sizeof(j.drop.at.dev), "a=1");
	catalogue_advise(&j);
	assert_null(strchr(j.next, '='));
}

/* What stands in next is commands, with "; " between them, and nothing else. */
static void next_is_commands(void **state)
{
	static const char *const programs[] = {"ip ",
					       "ip{-6} ",
					       "{ip}tables-legacy ",
					       "iptables-legacy-save",
					       "nft ",
					       "tc ",
					       "ss ",
					       "{listeners}",
					       "{sockets}",
					       "nstat ",
					       "sysctl ",
					       "cat ",
					       "bridge ",
					       "ethtool ",
					       "bpftool ",
					       "conntrack ",
					       "dmesg ",
					       "ovs-",
					       "wg ",
					       "ipvsadm ",
					       "ip6tables-",
					       "lsof ",
					       "devlink ",
					       "dcb ",
					       "arptables",
					       "ebtables"};

	/* the namespace in which a command is to run */
	static const char *const places[] = {"{ns}", "{there}", "{dropped_in}", "{bridge_in}",
					     "{link_in}"};
	const struct reason_row *rows;
	size_t n;

	(void)state;
	rows = catalogue_reasons(&n);
	for (size_t i = 0; i < n; i++) {
		struct advice_row a = catalogue_advice(&rows[i]);

		for (const char *p = a.next, *end; p; p = end ? end + 2 : NULL) {
			bool known = false;

			end = strstr(p, "; ");
			for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++)
				if (!strncmp(p, places[k], strlen(places[k])))
					p += strlen(places[k]);
			for (size_t k = 0; k < sizeof(programs) / sizeof(programs[0]); k++)
				known |= !strncmp(p, programs[k], strlen(programs[k]));
			if (!known)
				fail_msg("%s: no command: %s", rows[i].name, p);
		}
	}
}

/* What stands for several causes is told by its decider. */
static void overloaded_reasons(void **state)
{
	struct journey j = dropped(WB_LAYER_STACK, WB_STATION_IP, "OTHERHOST");

	(void)state;
	catalogue_advise(&j);
	assert_non_null(strstr(j.why, "MAC address is another"));
	snprintf(j.drop.not_read, sizeof(j.drop.not_read), "the devices on its way");
	catalogue_advise(&j);
	assert_non_null(strstr(j.why, "can't be told; could not be read"));
	j.drop.not_read[0] = 0;
	j.drop.decider = decider_new(DECIDER_DEVICE);
	decider_set_number(j.drop.decider, "vlan", 7);
	catalogue_advise(&j);
	assert_non_null(strstr(j.why, "VLAN 7"));
	assert_null(strstr(j.why, "promiscuous"));
	decider_unref(j.drop.decider);

	j = dropped(WB_LAYER_ROUTE, WB_STATION_ROUTE_IN, "NOT_SPECIFIED");
	snprintf(j.drop.location, sizeof(j.drop.location), "ip_mr_forward");
	assert_string_equal(catalogue_cause(&j.drop), "MROUTE");
	catalogue_advise(&j);
	assert_non_null(strstr(j.why, "multicast routing"));
	assert_non_null(strstr(j.next, "mroute"));
}

static const char *nobody(uint8_t flags, uint16_t dport)
{
	static struct journey j;

	j = dropped(WB_LAYER_SOCKET, WB_STATION_TCP, "NO_SOCKET");
	j.packet.proto = 6;
	j.packet.tcp_flags = flags;
	j.packet.dport = dport;
	catalogue_advise(&j);
	return j.why;
}

/* Only what begins a conversation needs a listener. */
static void who_is_missing(void **state)
{
	(void)state;
	assert_non_null(strstr(nobody(0x02, 80), "nobody listens on 10.2.0.2 port 80"));
	assert_non_null(strstr(nobody(0x12, 80), "answers a connection"));
	assert_non_null(strstr(nobody(0x10, 80), "there is no connection between"));
	assert_non_null(strstr(nobody(0x02, 0), "port 0"));
	assert_null(strstr(nobody(0x12, 80), "nobody listens"));
}

static void says_what_is_not_read(void **state)
{
	struct journey j = dropped(WB_LAYER_BRIDGE, WB_STATION_BRIDGE, "NO_TX_TARGET");

	(void)state;
	snprintf(j.drop.not_read, sizeof(j.drop.not_read), "the bridge's ports");
	catalogue_advise(&j);
	assert_non_null(strstr(j.why, "could not be read: the bridge's ports"));
	assert_null(strstr(j.why, "hairpin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete), cmocka_unit_test(layers_as_promised),
		cmocka_unit_test(advice_names_things),	 cmocka_unit_test(reject_answers),
		cmocka_unit_test(held_errors),		 cmocka_unit_test(commands_quote_names),
		cmocka_unit_test(next_is_commands),	 cmocka_unit_test(overloaded_reasons),
		cmocka_unit_test(who_is_missing),	 cmocka_unit_test(says_what_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
