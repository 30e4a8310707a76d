/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridges: their settings, their ports and the VLANs of these. FDB and MDB: ask_fdb.c. */
#include "host/ask_bridge.h"

#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/ask_links.h"

static void put_vlan_protocol(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	link_put_ethertype(to, "vlan_protocol", attr);
}

static void put_options(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct br_boolopt_multi m;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(m))
		return;
	memcpy(&m, mnl_attr_get_payload(attr), sizeof(m));
	ask_set_number(to, "no_linklocal_learn", m.optval & 1);
	ask_set_number(to, "mcast_vlan_snooping", m.optval >> 1 & 1);
}

static const struct attr_row bridge_rows[] = {
	{IFLA_BR_FORWARD_DELAY, ATTR_UINT, "forward_delay", {0}},
	{IFLA_BR_HELLO_TIME, ATTR_UINT, "hello_time", {0}},
	{IFLA_BR_MAX_AGE, ATTR_UINT, "max_age", {0}},
	{IFLA_BR_AGEING_TIME, ATTR_UINT, "ageing_time", {0}},
	{IFLA_BR_STP_STATE, ATTR_UINT, "stp_state", {0}},
	{IFLA_BR_PRIORITY, ATTR_UINT, "priority", {0}},
	{IFLA_BR_VLAN_FILTERING, ATTR_UINT, "vlan_filtering", {0}},
	{IFLA_BR_VLAN_PROTOCOL, ATTR_CALL, "vlan_protocol", {.call = put_vlan_protocol}},
	{IFLA_BR_VLAN_DEFAULT_PVID, ATTR_UINT, "vlan_default_pvid", {0}},
	{IFLA_BR_GROUP_FWD_MASK, ATTR_UINT, "group_fwd_mask", {0}},
	{IFLA_BR_GROUP_ADDR, ATTR_HARDWARE, "group_addr", {0}},
	{IFLA_BR_ROOT_PORT, ATTR_UINT, "root_port", {0}},
	{IFLA_BR_ROOT_PATH_COST, ATTR_UINT, "root_path_cost", {0}},
	{IFLA_BR_TOPOLOGY_CHANGE, ATTR_UINT, "topology_change", {0}},
	{IFLA_BR_MCAST_SNOOPING, ATTR_UINT, "mcast_snooping", {0}},
	{IFLA_BR_MCAST_ROUTER, ATTR_UINT, "mcast_router", {0}},
	{IFLA_BR_MCAST_QUERIER, ATTR_UINT, "mcast_querier", {0}},
	{IFLA_BR_MCAST_HASH_MAX, ATTR_UINT, "mcast_hash_max", {0}},
	{IFLA_BR_MCAST_IGMP_VERSION, ATTR_UINT, "mcast_igmp_version", {0}},
	{IFLA_BR_MCAST_MLD_VERSION, ATTR_UINT, "mcast_mld_version", {0}},
	{IFLA_BR_NF_CALL_IPTABLES, ATTR_UINT, "nf_call_iptables", {0}},
	{IFLA_BR_NF_CALL_IP6TABLES, ATTR_UINT, "nf_call_ip6tables", {0}},
	{IFLA_BR_NF_CALL_ARPTABLES, ATTR_UINT, "nf_call_arptables", {0}},
	{IFLA_BR_MULTI_BOOLOPT, ATTR_CALL, "no_linklocal_learn", {.call = put_options}},
};
const struct attr_table bridge_table = ATTR_TABLE(bridge_rows);

static const char *const states[] = {"disabled", "listening", "learning", "forwarding", "blocking"};
static const struct attr_words port_states = ATTR_WORDS(states);

/* Those of later headers than 6.1's are numbers. */
static const struct attr_row port_rows[] = {
	{IFLA_BRPORT_STATE, ATTR_WORD, "state", {.words = &port_states}},
	{IFLA_BRPORT_PRIORITY, ATTR_UINT, "priority", {0}},
	{IFLA_BRPORT_COST, ATTR_UINT, "cost", {0}},
	{IFLA_BRPORT_MODE, ATTR_ON, "hairpin", {0}},
	{IFLA_BRPORT_GUARD, ATTR_ON, "guard", {0}},
	{IFLA_BRPORT_PROTECT, ATTR_ON, "root_block", {0}},
	{IFLA_BRPORT_FAST_LEAVE, ATTR_ON, "fastleave", {0}},
	{IFLA_BRPORT_LEARNING, ATTR_ON, "learning", {0}},
	{IFLA_BRPORT_UNICAST_FLOOD, ATTR_ON, "flood", {0}},
	{IFLA_BRPORT_MCAST_FLOOD, ATTR_ON, "mcast_flood", {0}},
	{IFLA_BRPORT_BCAST_FLOOD, ATTR_ON, "bcast_flood", {0}},
	{IFLA_BRPORT_MCAST_TO_UCAST, ATTR_ON, "mcast_to_unicast", {0}},
	{IFLA_BRPORT_MULTICAST_ROUTER, ATTR_UINT, "mcast_router", {0}},
	{IFLA_BRPORT_PROXYARP, ATTR_ON, "proxy_arp", {0}},
	{IFLA_BRPORT_NEIGH_SUPPRESS, ATTR_ON, "neigh_suppress", {0}},
	{IFLA_BRPORT_VLAN_TUNNEL, ATTR_ON, "vlan_tunnel", {0}},
	{IFLA_BRPORT_ISOLATED, ATTR_ON, "isolated", {0}},
	{IFLA_BRPORT_LOCKED, ATTR_ON, "locked", {0}},
	{IFLA_BRPORT_GROUP_FWD_MASK, ATTR_UINT, "group_fwd_mask", {0}},
	{IFLA_BRPORT_BACKUP_PORT, ATTR_DEVICE, "backup_port", {0}},
	{IFLA_BRPORT_NO, ATTR_UINT, "no", {0}},
	{42, ATTR_ON, "mab", {0}},
	{45, ATTR_ON, "neigh_vlan_suppress", {0}},
};
const struct attr_table bridge_port_table = ATTR_TABLE(port_rows);

static const struct attr_row port_link_rows[] = {
	{IFLA_IFNAME, ATTR_TEXT, "ifname", {0}},
	{IFLA_MTU, ATTR_UINT, "mtu", {0}},
	{IFLA_OPERSTATE, ATTR_WORD, "operstate", {.words = &link_operstates}},
	{IFLA_MASTER, ATTR_DEVICE, "master", {0}},
	{IFLA_PROTINFO, ATTR_INTO, "protinfo", {.table = &bridge_port_table}},
};
static const struct attr_table port_link_table = ATTR_TABLE(port_link_rows);

static void on_port(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	/* the bridge itself comes, too, and has no such part */
	if (nlh->nlmsg_type != RTM_NEWLINK || !attr_of_message(nlh, sizeof(*i), IFLA_PROTINFO))
		return;
	o = ask_new(a);
	ask_set_number(o, "ifindex", (uint32_t)i->ifi_index);
	ask_set(o, "flags", link_flags_json(i->ifi_flags));
	attrs_message(a, o, &port_link_table, nlh, sizeof(*i));
}

/* Ranges come as their two ends. */
static void put_vlans(json_t *to, const struct nlattr *spec)
{
	static const char *const names[] = {NULL, "PVID", "Egress Untagged"};
	json_t *list = json_array(), *o;
	const struct nlattr *e;
	uint16_t begin = 0;

	mnl_attr_for_each_nested(e, spec)
	{
		struct bridge_vlan_info v;

		if (mnl_attr_get_type(e) != IFLA_BRIDGE_VLAN_INFO ||
		    mnl_attr_get_payload_len(e) < sizeof(v))
			continue;
		memcpy(&v, mnl_attr_get_payload(e), sizeof(v));
		if (v.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
			begin = v.vid;
			continue;
		}
		o = json_object();
		ask_set_number(o, "vlan", v.flags & BRIDGE_VLAN_INFO_RANGE_END ? begin : v.vid);
		if (v.flags & BRIDGE_VLAN_INFO_RANGE_END)
			ask_set_number(o, "vlanEnd", v.vid);
		v.flags &= BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
		if (v.flags)
			ask_set(o, "flags", ask_flags(v.flags, names, 3));
		json_array_append_new(list, o);
	}
	ask_set(to, "vlans", list);
}

static void on_vlans(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *spec;
	json_t *o;

	spec = attr_of_message(nlh, sizeof(*i), IFLA_AF_SPEC);
	if (nlh->nlmsg_type != RTM_NEWLINK || !attr_in(spec, IFLA_BRIDGE_VLAN_INFO))
		return;
	o = ask_new(a);
	ask_set_device(a, o, "ifname", "ifindex", (uint32_t)i->ifi_index);
	put_vlans(o, spec);
}

static int run(const json_t *args, uint32_t mask, ask_row row, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(nlh, sizeof(*i));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	i->ifi_family = AF_BRIDGE;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, mask);
	if (!r)
		r = ask_run(&a, nlh, sizeof(*i), row);
	/* a kernel without bridges has none */
	return ask_close(&a, r == -EOPNOTSUPP ? 0 : r, ret);
}

int host_ask_bridge_ports(const json_t *args, json_t **ret)
{
	return run(args, 0, on_port, ret);
}

int host_ask_bridge_vlans(const json_t *args, json_t **ret)
{
	return run(args, RTEXT_FILTER_BRVLAN_COMPRESSED, on_vlans, ret);
}
