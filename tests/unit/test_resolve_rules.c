/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a firewall's text, and which of its rules can have dropped a packet. No kernel is asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

	return ruleset_suspects(r, "ip", "forward", &p, "eth0", out, s, 8);
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
	struct suspect s[8];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct ruleset r = {0};

		ruleset_add_nft(&r, texts[i]);
		ruleset_add_legacy(&r, "ip", texts[i]);
		ruleset_suspects(&r, "ip", "forward", &p, NULL, NULL, s, 8);
		ruleset_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nft_rules),
		cmocka_unit_test(legacy_rules),
		cmocka_unit_test(any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
