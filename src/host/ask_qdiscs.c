/* SPDX-License-Identifier: GPL-2.0-only */
/* Queueing disciplines and their statistics. Filters: ask_filters.c. */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/ask_tc.h"
#include "util/foreign_json.h"

static void put_basic(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct gnet_stats_basic s;

	(void)a;
	/* the kernel leaves away what is only padding in this structure */
	if (mnl_attr_get_payload_len(attr) < offsetof(struct gnet_stats_basic, packets) + 4)
		return;
	memset(&s, 0, sizeof(s));
	memcpy(&s, mnl_attr_get_payload(attr),
	       offsetof(struct gnet_stats_basic, packets) + sizeof(s.packets));
	ask_set_number(to, "bytes", s.bytes);
	ask_set_number(to, "packets", s.packets);
}

static void put_queue(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct gnet_stats_queue s;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(s))
		return;
	memcpy(&s, mnl_attr_get_payload(attr), sizeof(s));
	ask_set_number(to, "drops", s.drops);
	ask_set_number(to, "overlimits", s.overlimits);
	ask_set_number(to, "requeues", s.requeues);
	ask_set_number(to, "backlog", s.backlog);
	ask_set_number(to, "qlen", s.qlen);
}

static const struct attr_row stat_rows[] = {
	{TCA_STATS_BASIC, ATTR_CALL, "bytes", {.call = put_basic}},
	{TCA_STATS_PKT64, ATTR_UINT, "packets", {0}},
	{TCA_STATS_QUEUE, ATTR_CALL, "drops", {.call = put_queue}},
};
static const struct attr_table stat_table = ATTR_TABLE(stat_rows);

void tc_put_stats(struct ask *a, json_t *to, const struct nlattr *attr)
{
	attrs_nested(a, to, &stat_table, attr);
}

static const struct attr_row fq_codel_rows[] = {
	{TCA_FQ_CODEL_TARGET, ATTR_UINT, "target", {0}},
	{TCA_FQ_CODEL_LIMIT, ATTR_UINT, "limit", {0}},
	{TCA_FQ_CODEL_INTERVAL, ATTR_UINT, "interval", {0}},
	{TCA_FQ_CODEL_ECN, ATTR_ON, "ecn", {0}},
	{TCA_FQ_CODEL_FLOWS, ATTR_UINT, "flows", {0}},
	{TCA_FQ_CODEL_QUANTUM, ATTR_UINT, "quantum", {0}},
	{TCA_FQ_CODEL_CE_THRESHOLD, ATTR_UINT, "ce_threshold", {0}},
	{TCA_FQ_CODEL_MEMORY_LIMIT, ATTR_UINT, "memory_limit", {0}},
	{TCA_FQ_CODEL_DROP_BATCH_SIZE, ATTR_UINT, "drop_batch", {0}},
};

static const struct attr_row codel_rows[] = {
	{TCA_CODEL_TARGET, ATTR_UINT, "target", {0}},
	{TCA_CODEL_LIMIT, ATTR_UINT, "limit", {0}},
	{TCA_CODEL_INTERVAL, ATTR_UINT, "interval", {0}},
	{TCA_CODEL_ECN, ATTR_ON, "ecn", {0}},
};

static const struct attr_row fq_rows[] = {
	{TCA_FQ_PLIMIT, ATTR_UINT, "limit", {0}},
	{TCA_FQ_FLOW_PLIMIT, ATTR_UINT, "flow_limit", {0}},
	{TCA_FQ_FLOW_MAX_RATE, ATTR_UINT, "maxrate", {0}},
	{TCA_FQ_QUANTUM, ATTR_UINT, "quantum", {0}},
	{TCA_FQ_HORIZON, ATTR_UINT, "horizon", {0}},
	{TCA_FQ_HORIZON_DROP, ATTR_ON, "horizon_drop", {0}},
};

static void put_tbf(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct tc_tbf_qopt q;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(q))
		return;
	memcpy(&q, mnl_attr_get_payload(attr), sizeof(q));
	ask_set_number(to, "rate", q.rate.rate); /* bytes a second, as tc's JSON has it */
	ask_set_number(to, "limit_bytes", q.limit);
	/* the bucket is told as the time that it lasts, in ticks of 64 ns */
	ask_set_number(to, "burst", (uint64_t)q.rate.rate * q.buffer * 64 / 1000000000);
}

static const struct attr_row tbf_rows[] = {
	{TCA_TBF_PARMS, ATTR_CALL, "rate", {.call = put_tbf}},
	{TCA_TBF_RATE64, ATTR_UINT, "rate", {0}},
};

static void put_htb(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct tc_htb_glob g;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(g))
		return;
	memcpy(&g, mnl_attr_get_payload(attr), sizeof(g));
	ask_set_number(to, "default", g.defcls);
	ask_set_number(to, "direct_packets_stat", g.direct_pkts);
}

static const struct attr_row htb_rows[] = {
	{TCA_HTB_INIT, ATTR_CALL, "default", {.call = put_htb}},
	{TCA_HTB_DIRECT_QLEN, ATTR_UINT, "direct_qlen", {0}},
};

static const struct kind {
	const char *name;
	struct attr_table table;
} kinds[] = {
	{"fq_codel", ATTR_TABLE(fq_codel_rows)},
	{"codel", ATTR_TABLE(codel_rows)},
	{"fq", ATTR_TABLE(fq_rows)},
	{"tbf", ATTR_TABLE(tbf_rows)},
	{"htb", ATTR_TABLE(htb_rows)},
};

/* Its options are a structure and then attributes. */
static void put_netem(json_t *to, const struct nlattr *attr)
{
	struct tc_netem_qopt q;

	if (mnl_attr_get_payload_len(attr) < sizeof(q))
		return;
	memcpy(&q, mnl_attr_get_payload(attr), sizeof(q));
	ask_set_number(to, "limit", q.limit);
	if (q.loss)
		ask_set(to, "loss", json_real((double)q.loss / UINT32_MAX));
	if (q.duplicate)
		ask_set(to, "duplicate", json_real((double)q.duplicate / UINT32_MAX));
	if (q.gap)
		ask_set_number(to, "gap", q.gap);
}

static void put_options(struct ask *a, json_t *to, const char *kind, const struct nlattr *attr)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i].name))
			attrs_nested(a, to, &kinds[i].table, attr);
	if (!strcmp(kind, "netem"))
		put_netem(to, attr);
	else if (!strcmp(kind, "hfsc") && mnl_attr_get_payload_len(attr) >= 2)
		ask_set_number(to, "default", *(const uint16_t *)mnl_attr_get_payload(attr));
	else if (strstr(kind, "fifo") && mnl_attr_get_payload_len(attr) >= 4 &&
		 strncmp(kind, "pfifo_fast", 10))
		ask_set_number(to, "limit", *(const uint32_t *)mnl_attr_get_payload(attr));
}

/* Why fq dropped: its own statistics have grown at their end since, never before it. */
static void put_fq_stats(json_t *to, const struct nlattr *attr)
{
	struct tc_fq_qd_stats s;

	if (mnl_attr_get_payload_len(attr) < offsetof(struct tc_fq_qd_stats, pkts_too_long))
		return;
	memcpy(&s, mnl_attr_get_payload(attr), offsetof(struct tc_fq_qd_stats, pkts_too_long));
	ask_set_number(to, "flows_plimit", s.flows_plimit);
}

static const struct attr_row qdisc_rows[] = {
	{TCA_KIND, ATTR_TEXT, "kind", {0}},
	{TCA_INGRESS_BLOCK, ATTR_UINT, "ingress_block", {0}},
	{TCA_EGRESS_BLOCK, ATTR_UINT, "egress_block", {0}},
	{TCA_HW_OFFLOAD, ATTR_ON, "offloaded", {0}},
	{TCA_STATS2, ATTR_CALL, "bytes", {.call = tc_put_stats}},
};
static const struct attr_table qdisc_table = ATTR_TABLE(qdisc_rows);

static void on_qdisc(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct tcmsg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *options = attr_of_message(nlh, sizeof(*m), TCA_OPTIONS);
	const struct nlattr *own = attr_of_message(nlh, sizeof(*m), TCA_XSTATS);
	const char *kind;
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWQDISC ||
	    (a->ifindex && (uint32_t)m->tcm_ifindex != a->ifindex))
		return;
	o = ask_new(a);
	ask_set_device(a, o, "dev", "dev_index", (uint32_t)m->tcm_ifindex);
	ask_set_handle(o, "handle", m->tcm_handle);
	if (m->tcm_parent == TC_H_ROOT)
		ask_set(o, "root", json_true());
	else if (m->tcm_parent == TC_H_INGRESS)
		ask_set(o, "parent", json_string("ffff:fff1"));
	else if (m->tcm_parent)
		ask_set_handle(o, "parent", m->tcm_parent);
	ask_set_number(o, "refcnt", m->tcm_info);
	attrs_message(a, o, &qdisc_table, nlh, sizeof(*m));
	kind = json_string_value(json_object_get(o, "kind"));
	if (kind && own && !strcmp(kind, "fq"))
		put_fq_stats(o, own);
	if (kind && options) {
		json_t *to = json_object();

		put_options(a, to, kind, options);
		ask_set(o, "options", to);
	}
}

int host_ask_qdiscs(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETQDISC, NLM_F_DUMP);
	struct tcmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	if (!r)
		r = ask_device_arg(&a, &a.ifindex);
	m->tcm_ifindex = (int)a.ifindex;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_qdisc);
	return ask_close(&a, r, ret);
}
