/* SPDX-License-Identifier: GPL-2.0-only */
/* Which stations the probes of a plan reach. Which probes it has: plan.c. */
#include "collect/plan.h"

#include "model/journey.h"

/* Stations that one probe reaches besides the one in its row. */
static const struct {
	enum wb_probe probe;
	enum wb_station station;
} also[] = {
	{WB_PROBE_OWN_nf, WB_STATION_NF_PREROUTING},
	{WB_PROBE_OWN_nf, WB_STATION_NF_INPUT},
	{WB_PROBE_OWN_nf, WB_STATION_NF_FORWARD},
	{WB_PROBE_OWN_nf, WB_STATION_NF_OUTPUT},
	{WB_PROBE_OWN_nf, WB_STATION_NF_POSTROUTING},
	{WB_PROBE_OWN_nf, WB_STATION_CONNTRACK},
	{WB_PROBE_OWN_nf, WB_STATION_NAT},
	{WB_PROBE_OWN_nf, WB_STATION_SOCKET_SEND},
	{WB_PROBE_OWN_nf, WB_STATION_TCP}, /* behind an INPUT that nobody uses */
	{WB_PROBE_OWN_nf, WB_STATION_UDP},
	{WB_PROBE_OWN_nf, WB_STATION_ICMP},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_PREROUTING},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_INPUT},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_FORWARD},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_OUTPUT},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_POSTROUTING},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_BRIDGE_PREROUTING},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_BRIDGE_INPUT},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_BRIDGE_FORWARD},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_BRIDGE_OUTPUT},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_BRIDGE_POSTROUTING},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_NETDEV_INGRESS},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NF_NETDEV_EGRESS},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_CONNTRACK},
	{WB_PROBE_FN_nf_hook_slow, WB_STATION_NAT},
	{WB_PROBE_TP_fib_table_lookup, WB_STATION_ROUTE_OUT},
	{WB_PROBE_FN_tcf_classify, WB_STATION_TC_OUT},
	{WB_PROBE_OWN_tc_program, WB_STATION_TC_OUT},
};

bool plan_row_serves(const struct plan *p, enum wb_probe probe, enum wb_station s)
{
	if (p->rows[probe].station == s)
		return true;
	for (size_t i = 0; i < sizeof(also) / sizeof(also[0]); i++)
		if (also[i].probe == probe && also[i].station == s)
			return true;
	return false;
}

bool plan_reaches(const struct plan *p, enum wb_station s)
{
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++)
		if (p->rows[i].how != HOW_NONE && plan_row_serves(p, i, s))
			return true;
	return false;
}

bool plan_watches_icmp(const struct plan *p, int version)
{
	static const struct {
		enum wb_probe asks, sends;
	} pairs[] = {{WB_PROBE_FN___icmp_send, WB_PROBE_FN_icmp_push_reply},
		     {WB_PROBE_FN_icmp6_send, WB_PROBE_FN_icmpv6_push_pending_frames}};
	bool v6 = version == 6;

	if (!v6 && p->rows[WB_PROBE_TP_icmp_send].how != HOW_NONE)
		return true;
	return p->rows[pairs[v6].asks].how != HOW_NONE && p->rows[pairs[v6].sends].how != HOW_NONE;
}

uint64_t plan_watched_hooks(const struct plan *p)
{
	static const enum wb_probe probes[] = {WB_PROBE_OWN_nf, WB_PROBE_FN_nf_hook_slow};
	uint64_t ret = 0;

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		for (enum wb_station s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
			if (p->rows[probes[i]].how != HOW_NONE &&
			    station_layer(s) == WB_LAYER_NETFILTER &&
			    plan_row_serves(p, probes[i], s))
				ret |= 1ULL << s;
	return ret;
}
