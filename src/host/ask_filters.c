/* SPDX-License-Identifier: GPL-2.0-only */
/* tc's filters and chains at a place of a device. Options: ask_filter_kinds.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "host/ask_tc.h"
#include "util/foreign_json.h"

static const struct {
	const char *name;
	uint32_t parent;
} parents[] = {
	{"ingress", TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)},
	{"egress", TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)},
	{"root", TC_H_ROOT},
};

uint32_t tc_parent(const json_t *args)
{
	const char *name = json_string_value(json_object_get(args, "parent"));

	for (size_t i = 0; name && i < sizeof(parents) / sizeof(parents[0]); i++)
		if (!strcmp(name, parents[i].name))
			return parents[i].parent;
	return ask_number(args, "parent", TC_H_ROOT);
}

static const struct {
	uint16_t type;
	const char *name;
} protocols[] = {
	{0x0003, "all"}, {0x0800, "ip"}, {0x86dd, "ipv6"}, {0x0806, "arp"}, {0x8100, "802.1Q"},
};

static void put_protocol(json_t *to, uint16_t type)
{
	ask_set_number(to, "protocol", type);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (protocols[i].type == type)
			ask_set(to, "protocol", json_string(protocols[i].name));
}

static void put_parent(json_t *to, uint32_t parent)
{
	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++)
		if (parents[i].parent == parent) {
			ask_set(to, "parent", json_string(parents[i].name));
			return;
		}
	ask_set_handle(to, "parent", parent);
}

static const struct attr_row filter_rows[] = {
	{TCA_KIND, ATTR_TEXT, "kind", {0}},
	{TCA_CHAIN, ATTR_UINT, "chain", {0}},
};
static const struct attr_table filter_table = ATTR_TABLE(filter_rows);

/* u32 counts differently: its hash table, bucket and node. */
static void put_handle(json_t *options, const char *kind, uint32_t handle)
{
	char text[32];

	if (!handle)
		return;
	if (!strcmp(kind, "u32")) {
		char hash[8] = "", node[8] = "";

		if (TC_U32_HASH(handle))
			snprintf(hash, sizeof(hash), "%x", TC_U32_HASH(handle));
		if (TC_U32_NODE(handle))
			snprintf(node, sizeof(node), ":%x", TC_U32_NODE(handle));
		snprintf(text, sizeof(text), "%x:%s%s", TC_U32_USERHTID(handle), hash, node);
	} else {
		snprintf(text, sizeof(text), "0x%x", handle);
	}
	ask_set(options, !strcmp(kind, "u32") ? "fh" : "handle", json_string(text));
}

static void on_filter(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct tcmsg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *options = attr_of_message(nlh, sizeof(*m), TCA_OPTIONS);
	const char *kind;
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWTFILTER && nlh->nlmsg_type != RTM_NEWCHAIN)
		return;
	o = ask_new(a);
	if (m->tcm_ifindex == (int)TCM_IFINDEX_MAGIC_BLOCK)
		ask_set_number(o, "block", m->tcm_block_index);
	else
		ask_set_device(a, o, "dev", "dev_index", (uint32_t)m->tcm_ifindex);
	put_parent(o, m->tcm_parent);
	if (nlh->nlmsg_type == RTM_NEWTFILTER) {
		put_protocol(o, ntohs(TC_H_MIN(m->tcm_info)));
		ask_set_number(o, "pref", TC_H_MAJ(m->tcm_info) >> 16);
	}
	attrs_message(a, o, &filter_table, nlh, sizeof(*m));
	kind = json_string_value(json_object_get(o, "kind"));
	/* what stands for the priority itself has no options */
	if (kind && options && nlh->nlmsg_type == RTM_NEWTFILTER && m->tcm_handle) {
		json_t *to = json_object();

		put_handle(to, kind, m->tcm_handle);
		tc_put_filter(a, to, kind, options);
		ask_set(o, "options", to);
	}
}

static int ask_at(struct ask *a, uint16_t type, uint32_t ifindex, uint32_t parent)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, type, NLM_F_DUMP);
	struct tcmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	int r;

	m->tcm_ifindex = (int)ifindex;
	m->tcm_parent = parent == TC_H_ROOT ? 0 : parent;
	r = ask_run(a, nlh, sizeof(*m), on_filter);
	/* a qdisc that takes no filters, or none at all there: so there are none */
	return r == -EINVAL || r == -EOPNOTSUPP || r == -ENOENT ? 0 : r;
}

/* Filters of all devices: the kernel tells them for one only, so those with a place for them. */
static int ask_everywhere(struct ask *a, uint16_t type, uint32_t parent)
{
	json_t *qdiscs = NULL, *q;
	size_t i;
	int r = host_ask_qdiscs(NULL, &qdiscs);

	json_array_foreach(qdiscs, i, q)
	{
		const char *kind = json_string_value(json_object_get(q, "kind"));
		bool is_clsact = kind && (!strcmp(kind, "clsact") || !strcmp(kind, "ingress"));
		bool fits =
			parent == TC_H_ROOT ? json_is_true(json_object_get(q, "root")) : is_clsact;

		if (fits && !r)
			r = ask_at(a, type, ask_number(q, "dev_index", 0), parent);
		if (r == -ENODEV)
			r = 0; /* it went meanwhile */
	}
	json_decref(qdiscs);
	return r;
}

static int run(const json_t *args, uint16_t type, json_t **ret)
{
	uint32_t ifindex = 0, parent = tc_parent(args);
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	if (!r)
		r = ask_device_arg(&a, &ifindex);
	if (!r)
		r = ifindex ? ask_at(&a, type, ifindex, parent) : ask_everywhere(&a, type, parent);
	return ask_close(&a, r, ret);
}

int host_ask_filters(const json_t *args, json_t **ret)
{
	return run(args, RTM_GETTFILTER, ret);
}

int host_ask_chains(const json_t *args, json_t **ret)
{
	return run(args, RTM_GETCHAIN, ret);
}
