/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of which not every bit is known, look-ups of them, and a firewall that can't be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/if_packet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/xt_devgroup.h>
#include <linux/netfilter/xt_pkttype.h>

#include "firewall/lookup.h"
#include "firewall/walk.h"
#include "firewall/xt.h"

static void known_bits(void **state)
{
	struct bits b = {0}, other = {0};

	(void)state;
	bits_set_be32(&b, 0, 0x0a010203);
	assert_int_equal(bits_equal(&b, 0, (uint8_t[]){10, 1, 2, 3}, 4), YES);
	assert_int_equal(bits_equal(&b, 0, (uint8_t[]){10, 1, 2, 4}, 4), NO);
	assert_int_equal(bits_less(&b, 0, (uint8_t[]){10, 1, 2, 3}, 4, true), YES);
	assert_int_equal(bits_less(&b, 0, (uint8_t[]){10, 1, 2, 3}, 4, false), NO);

	/* what both ways agree on stays known: the last byte is 3 or 5 */
	bits_set_be32(&other, 0, 0x0a010205);
	bits_join(&b, &other);
	assert_int_equal(bits_equal(&b, 0, (uint8_t[]){10, 1, 2, 3}, 4), UNKNOWN);
	assert_int_equal(bits_equal(&b, 0, (uint8_t[]){10, 1, 2, 4}, 4), NO);
	assert_int_equal(bits_equal(&b, 0, (uint8_t[]){10, 2, 2, 3}, 4), NO);
	assert_int_equal(bits_less(&b, 0, (uint8_t[]){10, 1, 2, 9}, 4, false), YES);
	assert_int_equal(bits_less(&b, 0, (uint8_t[]){10, 1, 2, 4}, 4, false), UNKNOWN);

	bits_forget(&b, 0, 4);
	assert_int_equal(bits_equal(&b, 0, (uint8_t[]){10, 1, 2, 3}, 4), UNKNOWN);
}

static void three_values(void **state)
{
	(void)state;
	assert_int_equal(tri_and(NO, UNKNOWN), NO);
	assert_int_equal(tri_and(YES, UNKNOWN), UNKNOWN);
	assert_int_equal(tri_or(YES, UNKNOWN), YES);
	assert_int_equal(tri_or(NO, UNKNOWN), UNKNOWN);
	assert_int_equal(tri_not(UNKNOWN), UNKNOWN);
}

static enum tri look(struct fw_set *s, const struct bits *b)
{
	size_t cost;

	return fw_lookup(s, b, 0, NULL, NULL, &cost);
}

/* Ports 80 to 89 and from 8000 on; then the same with an element that may be gone. */
static void intervals(void **state)
{
	static const uint8_t keys[][2] = {{0, 80}, {0, 90}, {0x1f, 0x40}};
	struct fw_elem elems[] = {
		{.key = keys[0]}, {.key = keys[1], .interval_end = true}, {.key = keys[2]}};
	struct fw_set s = {.klen = 2,
			   .flags = NFT_SET_INTERVAL,
			   .elems = elems,
			   .n_elems = 3,
			   .n_keyed = 3,
			   .readable = true};
	static const struct {
		uint16_t port;
		enum tri in;
	} rows[] = {{79, NO},	{80, YES},   {89, YES},	  {90, NO},
		    {7999, NO}, {8000, YES}, {65535, YES}};
	struct bits b = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bits_set_be16(&b, 0, rows[i].port);
		assert_int_equal(look(&s, &b), rows[i].in);
	}
	/* 64 to 127, which one is not known */
	bits_set_be16(&b, 0, 64);
	b.known[1] = 0xc0;
	assert_int_equal(look(&s, &b), UNKNOWN);
	bits_set_be16(&b, 0, 128);
	b.known[1] = 0xc0;
	assert_int_equal(look(&s, &b), NO);

	bits_set_be16(&b, 0, 80);
	elems[0].passing = true;
	assert_int_equal(look(&s, &b), UNKNOWN);
	s.readable = false;
	bits_set_be16(&b, 0, 79);
	assert_int_equal(look(&s, &b), UNKNOWN);
}

/* No answer at all is not an empty firewall. */
static void unread(void **state)
{
	struct wb_packet p = {.family = 4, .proto = 17, .ethertype = 0x0800};
	struct fw_subject of = {.packet = &p, .pf = 2, .hook = 1};
	json_t *empty = json_pack("{s:i, s:s, s:s, s:s, s:s, s:[]}", "generation", 1, "tables", "",
				  "chains", "", "rules", "", "sets", "", "elements");
	json_t *legacy = json_pack("{s:{}, s:{}}", "ip", "ip6");
	struct firewall *f;
	struct fw_result r;

	(void)state;
	assert_int_equal(firewall_new(NULL, NULL, &f), 0);
	fw_walk(f, &of, &r);
	assert_true(r.incomplete);
	assert_non_null(r.why);
	fw_result_free(&r);
	firewall_free(f);

	assert_int_equal(firewall_new(empty, legacy, &f), 0);
	fw_walk(f, &of, &r);
	assert_false(r.incomplete);
	assert_int_equal(r.passes, YES);
	fw_result_free(&r);
	firewall_free(f);

	/* a table that is there, and that nobody may read */
	json_object_set_new(json_object_get(legacy, "ip"), "filter", json_null());
	assert_int_equal(firewall_new(empty, legacy, &f), 0);
	fw_walk(f, &of, &r);
	assert_true(r.incomplete);
	fw_result_free(&r);
	firewall_free(f);
	json_decref(empty);
	json_decref(legacy);
}

/* meta mark VALUE drop */
static void mark_rule(struct fw_expr *e, const uint8_t *value)
{
	e[0] = (struct fw_expr){.op = FW_META, .key = NFT_META_MARK, .len = 4};
	e[1] = (struct fw_expr){.op = FW_CMP, .how = NFT_CMP_EQ, .len = 4, .data = value};
	e[2] = (struct fw_expr){.op = FW_VERDICT, .verdict = {.code = FW_DROP}};
}

static size_t drops(const struct fw_result *r, const struct fw_rule *of)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_ends; i++)
		n += r->ends[i].kind == FW_END_DROP && (!of || r->ends[i].rule == of);
	return n;
}

/* The mark that a packet died with refutes rules that ask for another, as far as it was unchanged.
 */
static void mark_at_the_end(void **state)
{
	static const uint32_t seven = 7, eight = 8;
	struct fw_expr first[3], second[3],
		set[2] = {{.op = FW_IMMEDIATE, .len = 4, .data = (const uint8_t *)&eight},
			  {.op = FW_META_SET, .key = NFT_META_MARK, .len = 4}};
	struct fw_rule rules[] = {{.handle = 1, .exprs = first, .n_exprs = 3},
				  {.handle = 2, .exprs = second, .n_exprs = 3},
				  {.handle = 3, .exprs = set, .n_exprs = 2}};
	struct fw_chain chain = {.family = 2,
				 .table = "t",
				 .name = "c",
				 .base = true,
				 .hook = 1,
				 .policy = FW_ACCEPT,
				 .rules = rules,
				 .n_rules = 2};
	struct firewall f = {
		.chains = &chain, .n_chains = 1, .nft_read = true, .legacy_read = {true, true}};
	struct wb_packet p = {.family = 4, .proto = 17, .ethertype = 0x0800};
	struct fw_subject of = {.packet = &p, .pf = 2, .hook = 1};
	struct fw_result r;

	(void)state;
	mark_rule(first, (const uint8_t *)&seven);
	mark_rule(second, (const uint8_t *)&eight);
	fw_walk(&f, &of, &r);
	assert_int_equal(drops(&r, NULL), 2);
	fw_result_free(&r);

	of.end_mark_known = true;
	of.end_mark = 8;
	fw_walk(&f, &of, &r);
	assert_int_equal(drops(&r, NULL), 1);
	assert_int_equal(drops(&r, &rules[1]), 1);
	assert_true(r.ends[0].sure);
	fw_result_free(&r);

	/* a rule may have changed it, so what it was on its way in is not known */
	chain.n_rules = 3;
	fw_walk(&f, &of, &r);
	assert_int_equal(drops(&r, NULL), 2);
	fw_result_free(&r);
}

/* What a rule looks at that no packet's description tells. */
static void unjudged_expressions(void **state)
{
	struct fw_expr e[] = {
		{.op = FW_PAYLOAD},
		{.op = FW_XT_MATCH, .name = "comment"},
		{.op = FW_CANT_TELL_STOP, .name = "exthdr"},
		{.op = FW_VERDICT},
	};
	struct fw_rule r = {.exprs = e, .n_exprs = 4};

	(void)state;
	assert_string_equal(firewall_unjudged(&r), "exthdr");
	e[2] = (struct fw_expr){.op = FW_XT_MATCH, .name = "recent"};
	assert_string_equal(firewall_unjudged(&r), "recent");
	e[2] = (struct fw_expr){.op = FW_CMP};
	assert_null(firewall_unjudged(&r));
	assert_null(firewall_unjudged(NULL));
}

/* What headers and devices tell: IPv6 without extension headers, lengths, a window, a group. */
static void told_by_lengths(void **state)
{
	struct wb_packet udp = {.family = 6, .proto = 17, .ip_len = 54, .payload = 6},
			 tcp = {.family = 6, .proto = 6, .ip_len = 80, .tcp_window = 0x1234};
	struct fw_subject of = {.packet = &udp, .pf = NFPROTO_IPV6, .hook = 2, .len = 54};
	struct fw_state s;

	(void)state;
	fw_state_init(&s, &of);
	assert_int_equal(bits_equal(&s.net, 6, (uint8_t[]){17}, 1), YES);
	assert_int_equal(bits_equal(&s.net, 4, (uint8_t[]){0, 14}, 2), YES);
	udp.payload = 0; /* an extension header of 8 bytes, or six bytes less */
	udp.ip_len = 56;
	of.len = 0;
	fw_state_init(&s, &of);
	assert_int_equal(bits_equal(&s.net, 6, (uint8_t[]){17}, 1), UNKNOWN);
	assert_int_equal(bits_equal(&s.net, 4, (uint8_t[]){0, 14}, 2), UNKNOWN);
	of.packet = &tcp; /* options, or an extension header */
	fw_state_init(&s, &of);
	assert_int_equal(bits_equal(&s.net, 6, (uint8_t[]){6}, 1), UNKNOWN);
	assert_int_equal(bits_equal(&s.l4, 14, (uint8_t[]){0x12, 0x34}, 2), YES);
	tcp.ip_len = 60;
	fw_state_init(&s, &of);
	assert_int_equal(bits_equal(&s.net, 6, (uint8_t[]){6}, 1), YES);
}

static void device_group(void **state)
{
	struct xt_devgroup_info g = {
		.flags = XT_DEVGROUP_MATCH_SRC, .src_group = 7, .src_mask = UINT32_MAX};
	struct xt_pkttype_info t = {.pkttype = PACKET_BROADCAST};
	struct fw_expr group = {.name = "devgroup", .data = (uint8_t *)&g, .data_len = sizeof(g)},
		       type = {.name = "pkttype", .data = (uint8_t *)&t, .data_len = sizeof(t)};
	struct fw_subject of = {.in = {.known = true, .name = "r0"}};
	struct fw_state s = {.has_l4 = NO};

	(void)state;
	assert_int_equal(fw_xt_match(&group, &s, &of), UNKNOWN);
	assert_int_equal(fw_xt_match(&type, &s, &of), UNKNOWN);
	of.in.grouped = of.pkt_type_known = true;
	of.in.group = 7;
	of.pkt_type = PACKET_HOST;
	assert_int_equal(fw_xt_match(&group, &s, &of), YES);
	assert_int_equal(fw_xt_match(&type, &s, &of), NO);
	g.flags |= XT_DEVGROUP_INVERT_SRC;
	t.invert = 1;
	assert_int_equal(fw_xt_match(&group, &s, &of), NO);
	assert_int_equal(fw_xt_match(&type, &s, &of), YES);
	of.in.other = "p0";
	assert_int_equal(fw_xt_match(&group, &s, &of), UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_bits),	   cmocka_unit_test(three_values),
		cmocka_unit_test(intervals),	   cmocka_unit_test(unread),
		cmocka_unit_test(mark_at_the_end), cmocka_unit_test(unjudged_expressions),
		cmocka_unit_test(told_by_lengths), cmocka_unit_test(device_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
