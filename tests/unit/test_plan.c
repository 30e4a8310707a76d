/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choice of probes, given kernels that are made up: plan.c is compiled in here once more, with
 * its questions to the kernel answered by a table. Loading and attaching is not tested here.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define kernel_has		fake_has
#define kernel_why_not		fake_why_not
#define kernel_tracepoint_args	fake_tracepoint_args
#define kernel_function_args	fake_function_args
#define kernel_function_symbols fake_function_symbols
#define kernel_function_variant fake_function_variant
#define collect_mode_name	fake_mode_name
#define collect_mode_by_name	fake_mode_by_name
#define plan_how_name		fake_how_name
#define plan_entry_prefix	fake_entry_prefix
#define plan_exit_prefix	fake_exit_prefix
#define plan_observe		fake_plan_observe
#define plan_make		fake_plan_make
#define plan_drop		fake_plan_drop
#define plan_refuse		fake_plan_refuse
#define plan_reaches		fake_plan_reaches
#define plan_row_serves		fake_plan_row_serves
#define plan_watches_icmp	fake_plan_watches_icmp
#define plan_watched_hooks	fake_plan_watched_hooks

#include "../../src/collect/plan.c"
#include "../../src/collect/plan_reach.c"

static bool has[KERNEL_FEATURE_MAX];
static const char *absent; /* a function that this kernel lacks */
static const char *twice;  /* one that it lists twice */
static const char *few;	   /* a tracepoint with fewer arguments than usual */
static struct plan plan;
static char err[256];

bool fake_has(const struct kernel *k, enum kernel_feature f)
{
	(void)k;
	return has[f];
}

const char *fake_why_not(const struct kernel *k, enum kernel_feature f)
{
	(void)k;
	return has[f] ? "" : "refused";
}

int fake_tracepoint_args(const struct kernel *k, const char *name)
{
	(void)k;
	if (!strcmp(name, "qdisc_enqueue"))
		return -ENOENT;
	return few && !strcmp(name, few) ? 2 : 4;
}

int fake_function_args(const struct kernel *k, const char *name)
{
	(void)k;
	return !absent || strcmp(absent, name) ? 3 : -ENOENT;
}

int fake_function_symbols(const struct kernel *k, const char *name)
{
	(void)k;
	if (absent && !strcmp(absent, name))
		return 0;
	return twice && !strcmp(twice, name) ? 2 : 1;
}

/* Of the absent one the compiler made another, unless it is ip_forward. */
const char *fake_function_variant(const struct kernel *k, const char *name)
{
	(void)k;
	return strcmp(name, "ip_forward") ? "it.isra.0" : NULL;
}

/* Every program is there, but sk_filter_trim_cap has none for kprobes, and for tracepoints only the
 * form of two arguments beside the usual. */
static bool is_built(void *arg, const char *program)
{
	const char *form = strstr(program, "__");

	(void)arg;
	if (!strcmp(program, "kp_sk_filter_trim_cap") || !strcmp(program, "kr_sk_filter_trim_cap"))
		return false;
	if (strncmp(program, "tp_", 3) || !form || form[2] < '0' || form[2] > '9')
		return true;
	return !strcmp(program, "tp_kfree_skb__2");
}

static int setup(void **state)
{
	(void)state;
	absent = twice = few = NULL;
	err[0] = 0;
	for (int i = 0; i < KERNEL_FEATURE_MAX; i++)
		has[i] = true;
	return 0;
}

static int make(enum collect_mode mode, bool want_nf)
{
	struct plan_ask ask = {.mode = mode, .want_nf = want_nf, .built = is_built};

	return plan_make(&plan, NULL, &ask, err, sizeof(err));
}

static void everything_works(void **state)
{
	(void)state;
	assert_int_equal(make(MODE_AUTO, false), 0);
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv_core].how, HOW_KPROBE_MULTI);
	assert_int_equal(plan.rows[WB_PROBE_FN_nf_hook_slow].how, HOW_FENTRY);
	assert_int_equal(plan.rows[WB_PROBE_TP_netif_receive_skb].how, HOW_TRACEPOINT);
	assert_int_equal(plan.rows[WB_PROBE_OWN_nf].how, HOW_NONE);
	assert_true(plan_reaches(&plan, WB_STATION_NF_FORWARD));
	assert_true(plan_reaches(&plan, WB_STATION_NF_BRIDGE_INPUT));
}

static void tracepoints_only(void **state)
{
	(void)state;
	has[KERNEL_FENTRY] = has[KERNEL_KPROBE] = has[KERNEL_KPROBE_MULTI] = false;
	assert_int_equal(make(MODE_AUTO, true), 0);
	assert_int_equal(plan.mode, MODE_TRACEPOINT);
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv_core].how, HOW_NONE);
	assert_true(strlen(plan.rows[WB_PROBE_FN_ip_rcv_core].why) > 0);
	assert_int_equal(plan.rows[WB_PROBE_OWN_nf].how, HOW_OBSERVER);
	assert_true(plan_reaches(&plan, WB_STATION_NF_FORWARD));
	assert_false(plan_reaches(&plan, WB_STATION_NF_BRIDGE_INPUT));
	assert_false(plan_reaches(&plan, WB_STATION_IP));
}

static void read_only_sees_no_hooks(void **state)
{
	(void)state;
	has[KERNEL_FENTRY] = has[KERNEL_KPROBE] = has[KERNEL_KPROBE_MULTI] = false;
	assert_int_equal(make(MODE_AUTO, false), 0);
	assert_false(plan_reaches(&plan, WB_STATION_NF_FORWARD));
}

static void a_mode_that_does_not_work(void **state)
{
	(void)state;
	has[KERNEL_FENTRY] = false;
	assert_int_equal(make(MODE_FENTRY, false), -EOPNOTSUPP);
	assert_non_null(strstr(err, "--mode fentry"));
	assert_int_equal(make(MODE_KPROBE, false), 0);
	has[KERNEL_TP_BTF] = false;
	assert_int_equal(make(MODE_TRACEPOINT, false), -EOPNOTSUPP);
}

static void modes_are_kept(void **state)
{
	(void)state;
	assert_int_equal(make(MODE_FENTRY, false), 0);
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv_core].how, HOW_FENTRY);
	has[KERNEL_KPROBE_MULTI] = false;
	assert_int_equal(make(MODE_KPROBE, false), 0);
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv_core].how, HOW_KPROBE);
	assert_int_equal(plan.rows[WB_PROBE_FN_nf_hook_slow].how, HOW_KPROBE);
	assert_int_equal(make(MODE_TRACEPOINT, false), 0);
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv_core].how, HOW_NONE);
}

static void functions_by_name(void **state)
{
	(void)state;
	has[KERNEL_FENTRY] = has[KERNEL_KPROBE_MULTI] = false;
	absent = "ip_forward";
	twice = "ip_defrag";
	assert_int_equal(make(MODE_AUTO, false), 0);
	assert_int_equal(plan.mode, MODE_KPROBE);
	assert_string_equal(plan.rows[WB_PROBE_FN_ip_forward].why,
			    "no such function on this kernel");
	assert_non_null(strstr(plan.rows[WB_PROBE_FN_ip_defrag].why, "listed 2 times"));
	assert_string_equal(plan.rows[WB_PROBE_FN_sk_filter_trim_cap].why,
			    "observed by fentry and fexit only");
	assert_false(plan_reaches(&plan, WB_STATION_DEFRAG));
	assert_true(plan_reaches(&plan, WB_STATION_FORWARD)); /* ip6_forward */
	absent = "ip_rcv_core";
	assert_int_equal(make(MODE_AUTO, false), 0);
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv_core].how, HOW_NONE);
	assert_non_null(strstr(plan.rows[WB_PROBE_FN_ip_rcv_core].why, "only as it.isra.0"));
	assert_int_equal(plan.rows[WB_PROBE_FN_ip_rcv].how, HOW_KPROBE);
	assert_string_equal(plan.rows[WB_PROBE_FN_ipv6_rcv].why, "ip6_rcv_core tells it");
}

static void tracepoints_in_forms(void **state)
{
	(void)state;
	few = "kfree_skb";
	assert_int_equal(make(MODE_AUTO, false), 0);
	assert_string_equal(plan.rows[WB_PROBE_TP_kfree_skb].program, "tp_kfree_skb__2");
	assert_int_equal(plan.rows[WB_PROBE_TP_qdisc_enqueue].how, HOW_NONE);
	assert_string_equal(plan.rows[WB_PROBE_TP_consume_skb].program, "tp_consume_skb");
}

static void dropped_rows_are_not_counted(void **state)
{
	unsigned n;

	(void)state;
	assert_int_equal(make(MODE_AUTO, false), 0);
	n = plan.n_probes;
	plan_drop(&plan, WB_PROBE_FN_ip_defrag, "refused");
	plan_drop(&plan, WB_PROBE_FN_ip_defrag, "refused");
	assert_int_equal(plan.n_probes, n - 1);
	assert_false(plan_reaches(&plan, WB_STATION_DEFRAG));
}

/* Whoever judges by an error that did not come has to be sure that it would have been seen. */
static void watches_icmp(void **state)
{
	(void)state;
	assert_int_equal(make(MODE_AUTO, false), 0);
	assert_true(plan_watches_icmp(&plan, 4));
	assert_true(plan_watches_icmp(&plan, 6));
	plan_drop(&plan, WB_PROBE_FN_icmpv6_push_pending_frames, "refused");
	assert_false(plan_watches_icmp(&plan, 6));
	assert_int_equal(make(MODE_TRACEPOINT, false), 0);
	assert_true(plan_watches_icmp(&plan, 4));
	assert_false(plan_watches_icmp(&plan, 6));
	plan_drop(&plan, WB_PROBE_TP_icmp_send, "refused");
	assert_false(plan_watches_icmp(&plan, 4));
}

static void names_of_modes(void **state)
{
	(void)state;
	for (int i = 0; i < MODE_MAX; i++)
		assert_int_equal(collect_mode_by_name(collect_mode_name(i)), i);
	assert_int_equal(collect_mode_by_name("magic"), MODE_MAX);
	assert_string_equal(plan_how_name(HOW_KPROBE_MULTI), "kprobe.multi");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(everything_works, setup),
		cmocka_unit_test_setup(tracepoints_only, setup),
		cmocka_unit_test_setup(read_only_sees_no_hooks, setup),
		cmocka_unit_test_setup(a_mode_that_does_not_work, setup),
		cmocka_unit_test_setup(modes_are_kept, setup),
		cmocka_unit_test_setup(functions_by_name, setup),
		cmocka_unit_test_setup(tracepoints_in_forms, setup),
		cmocka_unit_test_setup(dropped_rows_are_not_counted, setup),
		cmocka_unit_test_setup(watches_icmp, setup),
		cmocka_unit_test(names_of_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
