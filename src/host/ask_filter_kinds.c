/* SPDX-License-Identifier: GPL-2.0-only */
/* tc's filters and actions, kind by kind. */
#include <arpa/inet.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_bpf.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/tc_act/tc_skbedit.h>
#include <linux/tc_act/tc_vlan.h>
#include <stdio.h>
#include <string.h>

#include "host/ask_tc.h"
#include "util/foreign_json.h"

/* What an action, or a program that acts itself, lets become of a packet. */
static void put_control(json_t *to, const char *key, int action)
{
	static const char *const names[] = {"pass",	"reclassify", "drop",
					    "continue", "stolen",     "queued",
					    "repeat",	"redirect",   "trap"};
	json_t *o = json_object();

	if (action == TC_ACT_UNSPEC)
		ask_set(o, "type", json_string("unspec"));
	else if (TC_ACT_EXT_CMP(action, TC_ACT_GOTO_CHAIN))
		ask_set(o, "type", json_string("goto")),
			ask_set_number(o, "chain", action & TC_ACT_EXT_VAL_MASK);
	else if (TC_ACT_EXT_CMP(action, TC_ACT_JUMP))
		ask_set(o, "type", json_string("jump")),
			ask_set_number(o, "jump", action & TC_ACT_EXT_VAL_MASK);
	else
		ask_set(o, "type",
			action >= 0 && action <= TC_ACT_TRAP ? json_string(names[action])
							     : json_integer(action));
	ask_set(to, key, o);
}

/* All actions' parameters begin with the same five numbers. */
static void put_common(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct tc_gact g;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(g))
		return;
	memcpy(&g, mnl_attr_get_payload(attr), sizeof(g));
	put_control(to, "control_action", g.action);
	ask_set_number(to, "index", g.index);
	ask_set_number(to, "ref", (uint32_t)g.refcnt);
	ask_set_number(to, "bind", (uint32_t)g.bindcnt);
}

static void put_mirred(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct tc_mirred m;
	bool redirects, out;

	if (mnl_attr_get_payload_len(attr) < sizeof(m))
		return;
	memcpy(&m, mnl_attr_get_payload(attr), sizeof(m));
	redirects = m.eaction == TCA_EGRESS_REDIR || m.eaction == TCA_INGRESS_REDIR;
	out = m.eaction == TCA_EGRESS_REDIR || m.eaction == TCA_EGRESS_MIRROR;
	put_common(a, to, attr);
	ask_set(to, "mirred_action", json_string(redirects ? "redirect" : "mirror"));
	ask_set(to, "direction", json_string(out ? "egress" : "ingress"));
	if (m.ifindex)
		ask_set_device(a, to, "to_dev", "to_dev_index", m.ifindex);
	if (!*ask_device_name(a, m.ifindex))
		ask_set(to, "to_dev", json_string("*")); /* as tc prints one that is gone */
}

static void put_police(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct tc_police p;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(p))
		return;
	memcpy(&p, mnl_attr_get_payload(attr), sizeof(p));
	put_control(to, "control_action", p.action);
	ask_set_number(to, "index", p.index);
	ask_set_number(to, "rate", p.rate.rate);
	ask_set_number(to, "burst", p.burst);
	ask_set_number(to, "mtu", p.mtu);
}

static const struct attr_row gact_rows[] = {{TCA_GACT_PARMS, ATTR_CALL, "", {.call = put_common}}};
static const struct attr_row mirred_rows[] = {
	{TCA_MIRRED_PARMS, ATTR_CALL, "", {.call = put_mirred}},
	{4, ATTR_UINT, "blockid", {0}},
};
static const struct attr_row police_rows[] = {
	{TCA_POLICE_TBF, ATTR_CALL, "", {.call = put_police}}};
static const struct attr_row act_bpf_rows[] = {
	{TCA_ACT_BPF_PARMS, ATTR_CALL, "", {.call = put_common}},
	{TCA_ACT_BPF_NAME, ATTR_TEXT, "bpf_name", {0}},
	{TCA_ACT_BPF_ID, ATTR_UINT, "prog_id", {0}},
};
static const struct attr_row vlan_rows[] = {
	{TCA_VLAN_PARMS, ATTR_CALL, "", {.call = put_common}},
	{TCA_VLAN_PUSH_VLAN_ID, ATTR_UINT, "id", {0}},
};
static const struct attr_row skbedit_rows[] = {
	{TCA_SKBEDIT_PARMS, ATTR_CALL, "", {.call = put_common}},
	{TCA_SKBEDIT_MARK, ATTR_UINT, "mark", {0}},
	{TCA_SKBEDIT_PRIORITY, ATTR_UINT, "priority", {0}},
};

static const struct kind {
	const char *name;
	struct attr_table table;
} actions[] = {
	{"gact", ATTR_TABLE(gact_rows)},     {"mirred", ATTR_TABLE(mirred_rows)},
	{"police", ATTR_TABLE(police_rows)}, {"bpf", ATTR_TABLE(act_bpf_rows)},
	{"vlan", ATTR_TABLE(vlan_rows)},     {"skbedit", ATTR_TABLE(skbedit_rows)},
};

static const struct attr_row action_rows[] = {
	{TCA_ACT_KIND, ATTR_TEXT, "kind", {0}},
	{TCA_ACT_STATS, ATTR_CALL, "bytes", {.call = tc_put_stats}},
};
static const struct attr_table action_table = ATTR_TABLE(action_rows);

void tc_put_actions(struct ask *a, json_t *to, const struct nlattr *attr)
{
	json_t *list = json_array();
	const struct nlattr *e;

	mnl_attr_for_each_nested(e, attr)
	{
		const struct nlattr *options = attr_in(e, TCA_ACT_OPTIONS);
		json_t *o = json_object();
		const char *kind;

		ask_set_number(o, "order", mnl_attr_get_type(e));
		attrs_nested(a, o, &action_table, e);
		kind = json_string_value(json_object_get(o, "kind"));
		for (size_t i = 0; kind && options && i < sizeof(actions) / sizeof(actions[0]); i++)
			if (!strcmp(kind, actions[i].name))
				attrs_nested(a, o, &actions[i].table, options);
		json_array_append_new(list, o);
	}
	ask_set(to, "actions", list);
}

static void put_program(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	ask_set(to, "prog", json_pack("{s:I}", "id", (json_int_t)attr_number(attr, 0)));
}

static void put_bpf_flags(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	ask_set(to, "direct-action", json_boolean(attr_number(attr, 0) & TCA_BPF_FLAG_ACT_DIRECT));
}

static void put_classid(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	ask_set_handle(to, "flowid", (uint32_t)attr_number(attr, 0));
}

static const struct attr_row bpf_rows[] = {
	{TCA_BPF_NAME, ATTR_TEXT, "bpf_name", {0}},
	{TCA_BPF_ID, ATTR_CALL, "prog", {.call = put_program}},
	{TCA_BPF_FLAGS, ATTR_CALL, "direct-action", {.call = put_bpf_flags}},
	{TCA_BPF_CLASSID, ATTR_CALL, "flowid", {.call = put_classid}},
	{TCA_BPF_ACT, ATTR_CALL, "actions", {.call = tc_put_actions}},
};

/* "match": value and mask of a word, and where in the packet it is. */
static void put_selector(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);
	json_t *list = json_array();
	struct tc_u32_sel s;

	(void)a;
	for (size_t i = 0; n >= sizeof(s) && i < ((const struct tc_u32_sel *)p)->nkeys; i++) {
		struct tc_u32_key k;
		char value[12], mask[12];

		if (sizeof(s) + (i + 1) * sizeof(k) > n)
			break;
		memcpy(&k, p + sizeof(s) + i * sizeof(k), sizeof(k));
		snprintf(value, sizeof(value), "%x", ntohl(k.val));
		snprintf(mask, sizeof(mask), "%x", ntohl(k.mask));
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:i, s:i}", "value", value, "mask",
						mask, "off", k.off, "offmask", k.offmask));
	}
	ask_set(to, "match", list);
}

static const struct attr_row u32_rows[] = {
	{TCA_U32_DIVISOR, ATTR_UINT, "ht_divisor", {0}},
	{TCA_U32_CLASSID, ATTR_CALL, "flowid", {.call = put_classid}},
	{TCA_U32_SEL, ATTR_CALL, "match", {.call = put_selector}},
	{TCA_U32_INDEV, ATTR_TEXT, "indev", {0}},
	{TCA_U32_ACT, ATTR_CALL, "actions", {.call = tc_put_actions}},
};

static const struct attr_row matchall_rows[] = {
	{TCA_MATCHALL_CLASSID, ATTR_CALL, "flowid", {.call = put_classid}},
	{TCA_MATCHALL_ACT, ATTR_CALL, "actions", {.call = tc_put_actions}},
};

static const struct attr_row basic_rows[] = {
	{TCA_BASIC_CLASSID, ATTR_CALL, "flowid", {.call = put_classid}},
	{TCA_BASIC_ACT, ATTR_CALL, "actions", {.call = tc_put_actions}},
};

static const struct attr_row fw_rows[] = {
	{TCA_FW_CLASSID, ATTR_CALL, "flowid", {.call = put_classid}},
	{TCA_FW_MASK, ATTR_UINT, "mask", {0}},
	{TCA_FW_ACT, ATTR_CALL, "actions", {.call = tc_put_actions}},
};

static const struct attr_row flower_key_rows[] = {
	{TCA_FLOWER_KEY_ETH_DST, ATTR_HARDWARE, "dst_mac", {0}},
	{TCA_FLOWER_KEY_ETH_DST_MASK, ATTR_HARDWARE, "dst_mac_mask", {0}},
	{TCA_FLOWER_KEY_ETH_SRC, ATTR_HARDWARE, "src_mac", {0}},
	{TCA_FLOWER_KEY_ETH_SRC_MASK, ATTR_HARDWARE, "src_mac_mask", {0}},
	{TCA_FLOWER_KEY_ETH_TYPE, ATTR_BE, "eth_type", {0}},
	{TCA_FLOWER_KEY_IP_PROTO, ATTR_UINT, "ip_proto", {0}},
	{TCA_FLOWER_KEY_IPV4_SRC, ATTR_ADDRESS, "src_ip", {0}},
	{TCA_FLOWER_KEY_IPV4_SRC_MASK, ATTR_ADDRESS, "src_ip_mask", {0}},
	{TCA_FLOWER_KEY_IPV4_DST, ATTR_ADDRESS, "dst_ip", {0}},
	{TCA_FLOWER_KEY_IPV4_DST_MASK, ATTR_ADDRESS, "dst_ip_mask", {0}},
	{TCA_FLOWER_KEY_IPV6_SRC, ATTR_ADDRESS, "src_ip", {0}},
	{TCA_FLOWER_KEY_IPV6_SRC_MASK, ATTR_ADDRESS, "src_ip_mask", {0}},
	{TCA_FLOWER_KEY_IPV6_DST, ATTR_ADDRESS, "dst_ip", {0}},
	{TCA_FLOWER_KEY_IPV6_DST_MASK, ATTR_ADDRESS, "dst_ip_mask", {0}},
	{TCA_FLOWER_KEY_TCP_SRC, ATTR_BE, "src_port", {0}},
	{TCA_FLOWER_KEY_TCP_DST, ATTR_BE, "dst_port", {0}},
	{TCA_FLOWER_KEY_UDP_SRC, ATTR_BE, "src_port", {0}},
	{TCA_FLOWER_KEY_UDP_DST, ATTR_BE, "dst_port", {0}},
	{TCA_FLOWER_KEY_VLAN_ID, ATTR_UINT, "vlan_id", {0}},
	{TCA_FLOWER_KEY_ENC_KEY_ID, ATTR_BE, "enc_key_id", {0}},
};
static const struct attr_table flower_key_table = ATTR_TABLE(flower_key_rows);

static const struct attr_row flower_rows[] = {
	{TCA_FLOWER_CLASSID, ATTR_CALL, "flowid", {.call = put_classid}},
	{TCA_FLOWER_INDEV, ATTR_TEXT, "indev", {0}},
	{TCA_FLOWER_FLAGS, ATTR_UINT, "flags", {0}},
	{TCA_FLOWER_ACT, ATTR_CALL, "actions", {.call = tc_put_actions}},
};

static const struct kind filters[] = {
	{"bpf", ATTR_TABLE(bpf_rows)},
	{"u32", ATTR_TABLE(u32_rows)},
	{"matchall", ATTR_TABLE(matchall_rows)},
	{"basic", ATTR_TABLE(basic_rows)},
	{"fw", ATTR_TABLE(fw_rows)},
	{"flower", ATTR_TABLE(flower_rows)},
};

void tc_put_filter(struct ask *a, json_t *to, const char *kind, const struct nlattr *options)
{
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (!strcmp(kind, filters[i].name))
			attrs_nested(a, to, &filters[i].table, options);
	if (!strcmp(kind, "flower")) {
		json_t *keys = json_object();

		attrs_nested(a, keys, &flower_key_table, options);
		ask_set(to, "keys", keys);
	}
}
