/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy routing's rules, in the order in which they are walked; and nexthop objects. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/ask_core.h"
#include "host/ask_routes.h"

/* Newer than the headers that this is built with: 6.13 and 6.14. */
#define FRA_DSCP      25
#define FRA_FLOWLABEL 26

static const char *const actions[] = {
	NULL, NULL, "goto", "nop", NULL, NULL, "blackhole", "unreachable", "prohibit",
};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static void put_ports(json_t *to, const struct nlattr *attr, const char *one, const char *start,
		      const char *end)
{
	struct fib_rule_port_range p;

	if (mnl_attr_get_payload_len(attr) < sizeof(p))
		return;
	memcpy(&p, mnl_attr_get_payload(attr), sizeof(p));
	if (p.start == p.end) {
		ask_set_number(to, one, p.start);
	} else {
		ask_set_number(to, start, p.start);
		ask_set_number(to, end, p.end);
	}
}

static void put_sports(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	put_ports(to, attr, "sport", "sport_start", "sport_end");
}

static void put_dports(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	put_ports(to, attr, "dport", "dport_start", "dport_end");
}

static void put_uids(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct fib_rule_uid_range u;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(u))
		return;
	memcpy(&u, mnl_attr_get_payload(attr), sizeof(u));
	ask_set_number(to, "uid_start", u.start);
	ask_set_number(to, "uid_end", u.end);
}

static const struct attr_row rule_rows[] = {
	{FRA_IIFNAME, ATTR_TEXT, "iif", {0}},
	{FRA_OIFNAME, ATTR_TEXT, "oif", {0}},
	{FRA_GOTO, ATTR_UINT, "goto", {0}},
	{FRA_FWMARK, ATTR_UINT, "fwmark", {0}},
	{FRA_FWMASK, ATTR_UINT, "fwmask", {0}},
	{FRA_FLOW, ATTR_UINT, "flow", {0}},
	{FRA_TUN_ID, ATTR_BE, "tun_id", {0}},
	{FRA_PROTOCOL, ATTR_UINT, "protocol", {0}},
	{FRA_IP_PROTO, ATTR_UINT, "ipproto", {0}},
	{FRA_SPORT_RANGE, ATTR_CALL, "sport", {.call = put_sports}},
	{FRA_DPORT_RANGE, ATTR_CALL, "dport", {.call = put_dports}},
	{FRA_DSCP, ATTR_UINT, "dscp", {0}},
	{FRA_FLOWLABEL, ATTR_BE, "flowlabel", {0}},
	{FRA_UID_RANGE, ATTR_CALL, "uid_start", {.call = put_uids}},
};
static const struct attr_table rule_table = ATTR_TABLE(rule_rows);

/* The address without its length, which stands beside it unless it is a whole one. */
static void put_prefix(json_t *to, const char *key, const char *len_key, const struct nlattr *addr,
		       unsigned len)
{
	uint16_t n = addr ? mnl_attr_get_payload_len(addr) : 0;

	if (addr)
		ask_set_address(to, key, mnl_attr_get_payload(addr), n);
	if (len && (!n || len != 8u * n))
		ask_set_number(to, len_key, len);
}

/* -1 says: not suppressed. */
static void put_suppressed(json_t *to, const char *key, const struct nlattr *attr)
{
	uint32_t v = (uint32_t)attr_number(attr, UINT32_MAX);

	if (v != UINT32_MAX)
		ask_set_number(to, key, v);
}

static void on_rule(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *src = attr_of_message(nlh, sizeof(*m), FRA_SRC);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return;
	o = ask_new(a);
	ask_set_number(o, "priority",
		       attr_number(attr_of_message(nlh, sizeof(*m), FRA_PRIORITY), 0));
	if (m->flags & FIB_RULE_INVERT)
		ask_set(o, "not", json_true());
	if (src || m->src_len)
		put_prefix(o, "src", "srclen", src, m->src_len);
	else
		ask_set(o, "src", json_string("all"));
	put_prefix(o, "dst", "dstlen", attr_of_message(nlh, sizeof(*m), FRA_DST), m->dst_len);
	if (m->tos)
		ask_set_number(o, "tos", m->tos);
	attrs_message(a, o, &rule_table, nlh, sizeof(*m));
	if (m->flags & FIB_RULE_IIF_DETACHED)
		ask_set(o, "iif_detached", json_true());
	if (m->flags & FIB_RULE_OIF_DETACHED)
		ask_set(o, "oif_detached", json_true());
	if (attr_number(attr_of_message(nlh, sizeof(*m), FRA_L3MDEV), 0))
		ask_set(o, "l3mdev", json_true());
	put_suppressed(o, "suppress_prefixlen",
		       attr_of_message(nlh, sizeof(*m), FRA_SUPPRESS_PREFIXLEN));
	put_suppressed(o, "suppress_ifgroup",
		       attr_of_message(nlh, sizeof(*m), FRA_SUPPRESS_IFGROUP));
	if (m->action == FR_ACT_TO_TBL)
		route_put_table(o, (uint32_t)attr_number(
					   attr_of_message(nlh, sizeof(*m), FRA_TABLE), m->table));
	else
		ask_set(o, "action",
			m->action < ACTIONS && actions[m->action] ? json_string(actions[m->action])
								  : json_integer(m->action));
	if (m->flags & FIB_RULE_UNRESOLVED)
		ask_set(o, "unresolved", json_true());
}

int host_ask_rules(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETRULE, NLM_F_DUMP);
	struct fib_rule_hdr *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	m->family = ask_number(args, "family", 4) == 6 ? AF_INET6 : AF_INET;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_rule);
	return ask_close(&a, r, ret);
}

static void put_group(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);
	uint16_t n = mnl_attr_get_payload_len(attr);
	json_t *list = json_array();
	struct nexthop_grp g;

	(void)a;
	for (; n >= sizeof(g); n -= sizeof(g), p += sizeof(g)) {
		memcpy(&g, p, sizeof(g));
		json_array_append_new(list, json_pack("{s:I, s:i}", "id", (json_int_t)g.id,
						      "weight", g.weight + 1));
	}
	ask_set(to, "group", list);
}

static const struct attr_row nexthop_rows[] = {
	{NHA_ID, ATTR_UINT, "id", {0}},
	{NHA_GROUP, ATTR_CALL, "group", {.call = put_group}},
	{NHA_GROUP_TYPE, ATTR_UINT, "type", {0}}, /* 0 multipath, 1 resilient */
	{NHA_BLACKHOLE, ATTR_FLAG, "blackhole", {0}},
	{NHA_OIF, ATTR_DEVICE, "dev", {0}},
	{NHA_GATEWAY, ATTR_ADDRESS, "gateway", {0}},
	{NHA_ENCAP_TYPE, ATTR_UINT, "encap", {0}},
	{NHA_FDB, ATTR_FLAG, "fdb", {0}},
};
static const struct attr_table nexthop_table = ATTR_TABLE(nexthop_rows);

static void on_nexthop(struct ask *a, const struct nlmsghdr *nlh)
{
	static const char *const flags[] = {"dead",	"pervasive",  "onlink", "offload",
					    "linkdown", "unresolved", "trap"};
	const struct nhmsg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWNEXTHOP)
		return;
	o = ask_new(a);
	ask_set_number(o, "family", m->nh_family == AF_INET6 ? 6 : m->nh_family == AF_INET ? 4 : 0);
	ask_set_number(o, "protocol", m->nh_protocol);
	ask_set(o, "flags", ask_flags(m->nh_flags, flags, sizeof(flags) / sizeof(flags[0])));
	attrs_message(a, o, &nexthop_table, nlh, sizeof(*m));
}

int host_ask_nexthops(const json_t *args, json_t **ret)
{
	uint32_t id = ask_number(args, "id", 0);
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETNEXTHOP, id ? 0 : NLM_F_DUMP);
	struct nhmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	if (id)
		mnl_attr_put_u32(nlh, NHA_ID, id);
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_nexthop);
	return ask_close(&a, r, ret);
}
