/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours, proxied ones, and the tables that they are in. A bridge's FDB: ask_fdb.c. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/ask_core.h"
#include "host/ask_neighbours.h"

static const char *const states[] = {"INCOMPLETE", "REACHABLE", "STALE", "DELAY",
				     "PROBE",	   "FAILED",	"NOARP", "PERMANENT"};
static const char *const flags[] = {"use",	    "self",    "master", "proxy",
				    "extern_learn", "offload", "sticky", "router"};

json_t *neighbour_flags(uint8_t bits)
{
	return ask_flags(bits, flags, sizeof(flags) / sizeof(flags[0]));
}

/* In USER_HZ. */
void neighbour_put_cache(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct nda_cacheinfo c;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(c))
		return;
	memcpy(&c, mnl_attr_get_payload(attr), sizeof(c));
	ask_set_number(to, "used", c.ndm_used / 100);
	ask_set_number(to, "confirmed", c.ndm_confirmed / 100);
	ask_set_number(to, "updated", c.ndm_updated / 100);
	ask_set_number(to, "refcnt", c.ndm_refcnt);
}

static const struct attr_row neighbour_rows[] = {
	{NDA_DST, ATTR_ADDRESS, "dst", {0}},
	{NDA_LLADDR, ATTR_HARDWARE, "lladdr", {0}},
	{NDA_PROBES, ATTR_UINT, "probes", {0}},
	{NDA_PROTOCOL, ATTR_UINT, "protocol", {0}},
	{NDA_CACHEINFO, ATTR_CALL, "used", {.call = neighbour_put_cache}},
};
static const struct attr_table neighbour_table = ATTR_TABLE(neighbour_rows);

static void on_neighbour(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ndmsg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWNEIGH ||
	    (a->ifindex && (uint32_t)m->ndm_ifindex != a->ifindex))
		return;
	o = ask_new(a);
	ask_set_number(o, "family", m->ndm_family == AF_INET6 ? 6 : 4);
	ask_set_device(a, o, "dev", "dev_index", (uint32_t)m->ndm_ifindex);
	ask_set(o, "state", ask_flags(m->ndm_state, states, sizeof(states) / sizeof(states[0])));
	ask_set(o, "flags", neighbour_flags(m->ndm_flags));
	attrs_message(a, o, &neighbour_table, nlh, sizeof(*m));
}

int host_ask_neighbours(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETNEIGH, NLM_F_DUMP);
	struct ndmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	bool proxy = json_is_true(json_object_get(args, "proxy"));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	m->ndm_family = ask_number(args, "family", 4) == 6 ? AF_INET6 : AF_INET;
	if (proxy)
		m->ndm_flags = NTF_PROXY;
	if (!r)
		r = ask_device_arg(&a, &a.ifindex);
	if (a.ifindex && !proxy)
		mnl_attr_put_u32(nlh, NDA_IFINDEX, a.ifindex);
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_neighbour);
	return ask_close(&a, r, ret);
}

static const struct attr_row parameter_rows[] = {
	{NDTPA_IFINDEX, ATTR_DEVICE, "dev", {0}},
	{NDTPA_REACHABLE_TIME, ATTR_UINT, "reachable", {0}},
	{NDTPA_BASE_REACHABLE_TIME, ATTR_UINT, "base_reachable", {0}},
	{NDTPA_RETRANS_TIME, ATTR_UINT, "retrans", {0}},
	{NDTPA_GC_STALETIME, ATTR_UINT, "gc_stale", {0}},
	{NDTPA_DELAY_PROBE_TIME, ATTR_UINT, "delay_probe", {0}},
	{NDTPA_QUEUE_LEN, ATTR_UINT, "queue", {0}},
	{NDTPA_QUEUE_LENBYTES, ATTR_UINT, "queue_bytes", {0}},
	{NDTPA_APP_PROBES, ATTR_UINT, "app_probes", {0}},
	{NDTPA_UCAST_PROBES, ATTR_UINT, "ucast_probes", {0}},
	{NDTPA_MCAST_PROBES, ATTR_UINT, "mcast_probes", {0}},
	{NDTPA_PROXY_QLEN, ATTR_UINT, "proxy_queue", {0}},
	{NDTPA_PROXY_DELAY, ATTR_UINT, "proxy_delay", {0}},
};
static const struct attr_table parameter_table = ATTR_TABLE(parameter_rows);

static void put_config(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct ndt_config c;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(c))
		return;
	memcpy(&c, mnl_attr_get_payload(attr), sizeof(c));
	ask_set_number(to, "entries", c.ndtc_entries);
	ask_set_number(to, "last_flush", c.ndtc_last_flush);
	ask_set_number(to, "proxy_qlen", c.ndtc_proxy_qlen);
}

static const struct {
	const char *key;
	uint16_t offset;
} stats[] = {
	{"allocs", offsetof(struct ndt_stats, ndts_allocs)},
	{"destroys", offsetof(struct ndt_stats, ndts_destroys)},
	{"hash_grows", offsetof(struct ndt_stats, ndts_hash_grows)},
	{"res_failed", offsetof(struct ndt_stats, ndts_res_failed)},
	{"lookups", offsetof(struct ndt_stats, ndts_lookups)},
	{"hits", offsetof(struct ndt_stats, ndts_hits)},
	{"forced_gc_runs", offsetof(struct ndt_stats, ndts_forced_gc_runs)},
	{"table_fulls", offsetof(struct ndt_stats, ndts_table_fulls)},
};

static void put_stats(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *bytes = mnl_attr_get_payload(attr);
	uint64_t v;

	(void)a;
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		if (stats[i].offset + sizeof(v) > mnl_attr_get_payload_len(attr))
			continue;
		memcpy(&v, bytes + stats[i].offset, sizeof(v));
		ask_set_number(to, stats[i].key, v);
	}
}

static const struct attr_row table_rows[] = {
	{NDTA_NAME, ATTR_TEXT, "name", {0}},
	{NDTA_THRESH1, ATTR_UINT, "thresh1", {0}},
	{NDTA_THRESH2, ATTR_UINT, "thresh2", {0}},
	{NDTA_THRESH3, ATTR_UINT, "thresh3", {0}},
	{NDTA_GC_INTERVAL, ATTR_UINT, "gc_interval", {0}},
	{NDTA_CONFIG, ATTR_CALL, "entries", {.call = put_config}},
	{NDTA_STATS, ATTR_CALL, "allocs", {.call = put_stats}},
	{NDTA_PARMS, ATTR_INTO, "parms", {.table = &parameter_table}},
};
static const struct attr_table tables = ATTR_TABLE(table_rows);

static void on_table(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ndtmsg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWNEIGHTBL)
		return;
	o = ask_new(a);
	ask_set_number(o, "family",
		       m->ndtm_family == AF_INET6  ? 6
		       : m->ndtm_family == AF_INET ? 4
						   : 0);
	attrs_message(a, o, &tables, nlh, sizeof(*m));
}

int host_ask_neighbour_tables(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETNEIGHTBL, NLM_F_DUMP);
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndtmsg));
	if (!r)
		r = ask_run(&a, nlh, sizeof(struct ndtmsg), on_table);
	return ask_close(&a, r, ret);
}
