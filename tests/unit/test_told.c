/* SPDX-License-Identifier: GPL-2.0-only */
/* What nftables told finds the journey that it is about, and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "causes/told.h"
#include "model/fact.h"

static const struct wb_packet packet = {
	.family = 4,
	.proto = 17,
	.sport = 4000,
	.dport = 53,
	.ip_id = 7,
	.saddr = {10, 0, 0, 1},
	.daddr = {10, 0, 0, 2},
};

static struct nft_verdict verdict(uint64_t handle)
{
	return (struct nft_verdict){.ts_ns = 2000,
				    .netns = 1,
				    .family = 1,
				    .handle = handle,
				    .table = "t",
				    .chain = "c",
				    .packet = packet};
}

static struct journey journey(void)
{
	return (struct journey){.ts_ns = 1000,
				.duration_ns = 500,
				.packet = packet,
				.drop = {.at = {.netns_inum = 1}}};
}

static int64_t take(struct told *t, const struct journey *j)
{
	struct decider *d = told_take(t, j);
	int64_t handle = d ? decider_number(d, "handle", -1) : 0;

	decider_unref(d);
	return handle;
}

static void test_each_once_in_order(void **state)
{
	struct nft_verdict a = verdict(5), b = verdict(6);
	struct journey j = journey();
	struct told *t;

	(void)state;
	assert_int_equal(told_new(&t), 0);
	told_add(t, &a);
	told_add(t, &b);
	assert_int_equal(take(t, &j), 5);
	assert_int_equal(take(t, &j), 6);
	assert_int_equal(take(t, &j), 0);
	told_free(t);
}

static void test_no_other(void **state)
{
	struct journey other[6];
	struct nft_verdict v = verdict(5);
	struct told *t;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		other[i] = journey();
	other[0].drop.at.netns_inum = 2;
	other[1].packet.dport++;
	other[2].packet.ip_id++;
	other[3].packet.saddr[3]++;
	other[4].ts_ns = 3000; /* it began after this was told */
	other[5].packet.proto = 6;
	assert_int_equal(told_new(&t), 0);
	told_add(t, &v);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(take(t, &other[i]), 0);
	told_free(t);
}

static void test_rewritten(void **state)
{
	struct step step = {.rewritten = true, .packet = packet};
	struct nft_verdict v = verdict(5);
	struct journey j = journey();
	struct told *t;

	(void)state;
	/* nftables saw the headers behind a DNAT */
	j.packet.dport = 5353;
	j.steps = &step;
	j.n_steps = 1;
	assert_int_equal(told_new(&t), 0);
	told_add(t, &v);
	assert_int_equal(take(t, &j), 5);
	told_free(t);
}

static void test_kinds(void **state)
{
	struct nft_verdict policy = verdict(0), queue = verdict(5);
	struct journey j = journey();
	struct decider *d;
	struct told *t;

	(void)state;
	policy.policy = true;
	queue.queue = true;
	queue.number = 7;
	assert_int_equal(told_new(&t), 0);
	told_add(t, &policy);
	told_add(t, &queue);
	d = told_take(t, &j);
	assert_int_equal(d->kind, DECIDER_NFT_POLICY);
	assert_string_equal(decider_text(d, "family"), "inet");
	decider_unref(d);
	d = told_take(t, &j);
	assert_int_equal(d->kind, DECIDER_NFQUEUE);
	assert_int_equal(decider_number(d, "queue", 0), 7);
	decider_unref(d);
	told_free(t);
}

static void keep(void *arg, const char *key, const char *json)
{
	assert_string_equal(key, FACT_TOLD);
	assert_true(told_from_fact(json, arg));
}

/* As a recording has it; and what is none is none. */
static void test_as_a_fact(void **state)
{
	static const char *const damaged[] = {"", "7", "{}", "{\"src\":\"10.0.0.1\",\"dst\":7}"};
	struct nft_verdict v = verdict(5), back;
	struct facts *f;

	(void)state;
	v.queue = true;
	v.number = 7;
	v.table[1] = (char)0xff; /* a name may hold any byte */
	assert_int_equal(facts_new(&f), 0);
	facts_tap(f, keep, &back);
	told_to_facts(f, &v);
	assert_int_equal(back.ts_ns, v.ts_ns);
	assert_int_equal(back.netns, v.netns);
	assert_int_equal(back.handle, v.handle);
	assert_true(back.queue && back.number == 7 && !back.policy);
	assert_string_equal(back.table, v.table);
	assert_string_equal(back.chain, v.chain);
	assert_memory_equal(back.packet.daddr, packet.daddr, 16);
	assert_int_equal(back.packet.sport, packet.sport);
	assert_int_equal(back.packet.ip_id, packet.ip_id);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
		assert_false(told_from_fact(damaged[i], &back));
	facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_once_in_order), cmocka_unit_test(test_no_other),
		cmocka_unit_test(test_rewritten),	   cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_as_a_fact),
	};

	return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
