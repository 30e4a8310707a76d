/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a firewall's text, and which of its rules can have dropped a packet. No kernel is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "resolve/ruleset.h"

static const char nft[] = "table inet f { # handle 1\n"
			  "\tset bad { # handle 1\n"
			  "\t\ttype ipv4_addr\n"
			  "\t}\n"
			  "\n"
			  "\tcounter c {\n"
			  "\t\tpackets 0 bytes 0\n"
			  "\t}\n"
			  "\n"
			  "\tchain deny { # handle 2\n"
			  "\t\tcounter drop # handle 3\n"
			  "\t}\n"
			  "\n"
			  "\tchain fw { # handle 4\n"
			  "\t\ttype filter hook forward priority filter; policy drop;\n"
			  "\t\tip saddr { 192.0.2.1, 192.0.2.2 } drop # handle 5\n"
			  "\t\tudp dport 53 drop comment \"# handle 99 accept\" # handle 6\n"
			  "\t\tip saddr @bad jump deny # handle 7\n"
			  "\t\tudp dport 1000-2000 accept # handle 8\n"
			  "\t\toifname \"eth1\" reject # handle 10\n"
			  "\t}\n"
			  "}\n";

static const char legacy[] = "*filter\n"
			     ":INPUT ACCEPT [0:0]\n"
			     ":FORWARD DROP [1:60]\n"
			     ":mine - [0:0]\n"
			     "[0:0] -A FORWARD -p udp -j mine\n"
			     "[0:0] -A mine -p udp -m udp --dport 9000 -j RETURN\n"
			     "[0:0] -A mine -p udp -m multiport --dports 53,80:90 -j DROP\n"
			     "COMMIT\n";

static struct wb_packet udp(uint16_t dport)
{
	struct wb_packet p = {.family = 4, .proto = 17, .sport = 4000, .dport = dport};

	memcpy(p.saddr, (uint8_t[]){10, 1, 0, 1}, 4);
	memcpy(p.daddr, (uint8_t[]){10, 2, 0, 2}, 4);
	return p;
}

static size_t ask(const struct ruleset *r, uint16_t dport, const char *out, struct suspect *s)
{
	struct wb_packet p = udp(dport);

	struct subject of = {.p = &p, .in_dev = "eth0", .out_dev = out, .ct_state = "new"};

	return ruleset_suspects(r, "ip", "forward", &of, s, 8);
}

static void nft_rules(void **state)
{
	struct ruleset r = {0};
	struct suspect s[8];

	(void)state;
	assert_int_equal(ruleset_add_nft(&r, nft), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.chains[1].n_rules, 5);

	/* an accepting rule ends it; what stands before and can't be judged remains */
	assert_int_equal(ask(&r, 1500, "eth2", s), 1);
	assert_int_equal(s[0].rule->handle, 3);
	assert_false(s[0].certain);

	/* the comment's handle is not the rule's */
	assert_int_equal(ask(&r, 53, "eth2", s), 1);
	assert_int_equal(s[0].rule->handle, 6);
	assert_true(s[0].certain);

	/* no rule: the policy, after the doubtful jump */
	assert_int_equal(ask(&r, 9000, "eth2", s), 2);
	assert_null(s[1].rule);

	assert_int_equal(ask(&r, 9000, "eth1", s), 2);
	assert_int_equal(s[1].rule->handle, 10);
	assert_int_equal(s[1].rule->action, RULE_REJECT);
	ruleset_free(&r);
}

/* Of packets that are counted as one, what they differ in is not known. */
static void many_packets(void **state)
{
	static const char text[] = "table ip f {\n\tchain fw {\n"
				   "\t\ttype filter hook forward priority 0; policy accept;\n"
				   "\t\tip saddr 192.0.2.1 drop # handle 4\n"
				   "\t\tudp sport 4001 drop # handle 5\n"
				   "\t\tudp dport 9001 drop # handle 6\n"
				   "\t\ttcp dport 9000 drop # handle 7\n"
				   "\t\tudp dport 9000 drop # handle 8\n\t}\n}\n";
	static const struct {
		unsigned varies;
		unsigned handles[5];
	} rows[] = {
		{0, {8}},
		{VARIES_SPORT, {5, 8}},
		{VARIES_SPORT | VARIES_SOURCE, {4, 5, 8}},
		{VARIES_SPORT | VARIES_ADDRESSES, {4, 5, 6, 8}},
		{VARIES_SPORT | VARIES_ADDRESSES | VARIES_PROTO, {4, 5, 6, 7, 8}},
	};
	struct wb_packet p = udp(9000);
	struct ruleset r = {0};
	struct suspect s[8];

	(void)state;
	assert_int_equal(ruleset_add_nft(&r, text), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct subject of = {.p = &p, .varies = rows[i].varies};
		size_t n = ruleset_suspects(&r, "ip", "forward", &of, s, 8);

		for (size_t k = 0; k < 5; k++)
			assert_int_equal(k < n ? s[k].rule->handle : 0, rows[i].handles[k]);
	}
	ruleset_free(&r);
}

/* A table that sleeps has chains, and none of them is at a hook. */
static void dormant_table(void **state)
{
	static const char text[] = "table ip g {\n\tflags dormant\n\tchain fw {\n"
				   "\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}\n"
				   "table ip f {\n\tchain fw {\n"
				   "\t\ttype filter hook forward priority 0; policy accept;\n"
				   "\t\tudp dport 9000 drop # handle 5\n\t}\n}\n";
	struct ruleset r = {0};
	struct suspect s[8];

	(void)state;
	assert_int_equal(ruleset_add_nft(&r, text), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(ask(&r, 9000, "eth1", s), 1);
	assert_int_equal(s[0].rule->handle, 5);
	assert_true(s[0].certain);
	assert_int_equal(ask(&r, 9001, "eth1", s), 0);
	ruleset_free(&r);
}

static void legacy_rules(void **state)
{
	struct ruleset r = {0};
	struct suspect s[8];

	(void)state;
	assert_int_equal(ruleset_add_legacy(&r, "ip", legacy), 0);
	assert_int_equal(r.n, 3);

	assert_int_equal(ask(&r, 9000, "eth1", s), 1);
	assert_null(s[0].rule);
	assert_string_equal(s[0].chain->name, "FORWARD");

	assert_true(ask(&r, 85, "eth1", s) >= 1);
	assert_non_null(s[0].rule);
	assert_int_equal(s[0].rule->number, 2);
	assert_string_equal(s[0].chain->name, "mine");
	ruleset_free(&r);
}

/* The rules that one chain of text blames for a packet to port 9000, as "handle certain, ...". */
static void blamed(const char *rules, char *ret, size_t size)
{
	struct ruleset r = {0};
	struct suspect s[8];
	char text[1024];
	size_t n, at = 0;

	snprintf(text, sizeof(text),
		 "table inet f {\n\tchain sub {\n\t\tudp dport 9000 drop # handle 50\n\t}\n"
		 "\tchain empty {\n\t}\n"
		 "\tchain fw {\n\t\ttype filter hook forward priority 0; policy drop;\n%s\t}\n}\n",
		 rules);
	assert_int_equal(ruleset_add_nft(&r, text), 0);
	n = ask(&r, 9000, "eth1", s);
	ret[0] = 0;
	for (size_t i = 0; i < n && at < size; i++)
		at += snprintf(ret + at, size - at, "%s%d%s", i ? " " : "",
			       s[i].rule ? (int)s[i].rule->handle : 0, s[i].certain ? "" : "?");
	ruleset_free(&r);
}

static void single_rules(void **state)
{
	static const struct {
		const char *rules, *blamed; /* 0 the policy, ? not certain */
	} rows[] = {
		{"udp dport vmap { 9000 : drop, 53 : accept } # handle 1\n", "1"},
		{"udp dport vmap { 53 : drop, 9000 : accept } # handle 1\n", ""},
		{"iifname vmap { \"eth0\" : jump sub, \"eth1\" : accept } # handle 1\n", "50"},
		{"ip saddr . udp dport vmap { 10.1.0.1 . 9000 : drop } # handle 1\n", "1? 0"},
		{"ip saddr vmap @m # handle 1\n", "1? 0?"},
		{"udp dport 9000 goto empty # handle 1\naccept # handle 2\n", "0"},
		{"fib saddr . iif oif missing drop # handle 1\n", "1? 0"},
		{"ct state established,related accept # handle 1\n", "0"},
		{"ct state invalid drop # handle 1\n", "0"},
		{"ct state { new, untracked } drop # handle 1\n", "1"},
		{"log prefix \"accept drop\" drop comment \"reject\" # handle 1\n", "1"},
		{"reject with icmp type admin-prohibited # handle 1\n", "1"},
		{"ip6 saddr fd00::/8 drop # handle 1\n", "0"},
		{"meta nfproto ipv6 drop # handle 1\n", "0"},
		{"ip saddr 10.1.0.0-10.1.0.9 drop # handle 1\n", "1"},
		{"tcp flags syn drop # handle 1\n", "0"},
		{"meta mark set 0x7 drop # handle 1\n", "1"},
		{"xt target \"NFQUEUE\" # handle 1\n", "1"},
		{"tcp dport 80 synproxy mss 1460 wscale 7 # handle 1\n", "0"},
		{"synproxy mss 1460 wscale 7 # handle 1\n", "1? 0?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char ret[64];

		blamed(rows[i].rules, ret, sizeof(ret));
		if (strcmp(ret, rows[i].blamed))
			print_message("%s", rows[i].rules);
		assert_string_equal(ret, rows[i].blamed);
	}
}

static void any_text(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"}\n}\n",
		"chain\n",
		"table\n\tchain\n\t\t \" \n",
		"table ip x {\n\tchain y {\n\t\ttype filter hook\n\t\tjump\n\t}\n}",
		"*\n:\n[0:0] -A\n-A FORWARD -j\n"};
	struct wb_packet p = udp(1);
	struct subject of = {.p = &p};
	struct suspect s[8];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ruleset r = {0};

		ruleset_add_nft(&r, texts[i]);
		ruleset_add_legacy(&r, "ip", texts[i]);
		ruleset_suspects(&r, "ip", "forward", &of, s, 8);
		ruleset_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nft_rules),	 cmocka_unit_test(many_packets),
		cmocka_unit_test(dormant_table), cmocka_unit_test(legacy_rules),
		cmocka_unit_test(single_rules),	 cmocka_unit_test(any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
