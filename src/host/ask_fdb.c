/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a bridge, or a VXLAN, has hardware addresses and groups: its FDB and MDB. */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>

#include "host/ask_core.h"
#include "host/ask_neighbours.h"

static const struct attr_row fdb_rows[] = {
	{NDA_LLADDR, ATTR_HARDWARE, "mac", {0}},
	{NDA_DST, ATTR_ADDRESS, "dst", {0}},
	{NDA_VLAN, ATTR_UINT, "vlan", {0}},
	{NDA_PORT, ATTR_BE, "port", {0}},
	{NDA_VNI, ATTR_UINT, "vni", {0}},
	{NDA_SRC_VNI, ATTR_UINT, "src_vni", {0}},
	{NDA_IFINDEX, ATTR_DEVICE, "viaIf", {0}},
	{NDA_MASTER, ATTR_DEVICE, "master", {0}},
	{NDA_NH_ID, ATTR_UINT, "nhid", {0}},
	{NDA_LINK_NETNSID, ATTR_SINT, "linkNetNsId", {0}},
	{NDA_CACHEINFO, ATTR_CALL, "used", {.call = neighbour_put_cache}},
};
static const struct attr_table fdb_table = ATTR_TABLE(fdb_rows);

static const char *fdb_state(uint16_t state)
{
	return state & NUD_PERMANENT   ? "permanent"
	       : state & NUD_NOARP     ? "static"
	       : state & NUD_STALE     ? "stale"
	       : state & NUD_REACHABLE ? ""
				       : NULL;
}

static void on_fdb(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ndmsg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWNEIGH || m->ndm_family != AF_BRIDGE ||
	    (a->ifindex && (uint32_t)m->ndm_ifindex != a->ifindex))
		return;
	o = ask_new(a);
	ask_set_device(a, o, "ifname", "ifindex", (uint32_t)m->ndm_ifindex);
	ask_set(o, "flags", neighbour_flags(m->ndm_flags));
	ask_set(o, "state",
		fdb_state(m->ndm_state) ? json_string(fdb_state(m->ndm_state))
					: json_integer(m->ndm_state));
	attrs_message(a, o, &fdb_table, nlh, sizeof(*m));
}

int host_ask_fdb(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETNEIGH, NLM_F_DUMP);
	struct ndmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	m->ndm_family = AF_BRIDGE;
	if (!r)
		r = ask_device_arg(&a, &a.ifindex);
	m->ndm_ifindex = (int)a.ifindex;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_fdb);
	return ask_close(&a, r, ret);
}

static void put_group(json_t *o, const struct br_mdb_entry *e)
{
	const uint8_t *mac = e->addr.u.mac_addr;
	char text[20];

	if (ntohs(e->addr.proto) == ETH_P_IP) {
		ask_set_address(o, "grp", &e->addr.u.ip4, 4);
	} else if (ntohs(e->addr.proto) == ETH_P_IPV6) {
		ask_set_address(o, "grp", &e->addr.u.ip6, 16);
	} else {
		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
			 mac[2], mac[3], mac[4], mac[5]);
		ask_set(o, "grp", json_string(text));
	}
}

static void add_group(struct ask *a, uint32_t bridge, const struct nlattr *info)
{
	static const char *const flags[] = {"offload", "fast_leave", "added_by_star_ex", "blocked"};
	struct br_mdb_entry e;
	json_t *o;

	if (mnl_attr_get_payload_len(info) < sizeof(e))
		return;
	memcpy(&e, mnl_attr_get_payload(info), sizeof(e));
	o = ask_new(a);
	ask_set_device(a, o, "dev", "dev_index", bridge);
	ask_set_device(a, o, "port", "port_index", e.ifindex);
	put_group(o, &e);
	ask_set(o, "state", json_string(e.state & MDB_PERMANENT ? "permanent" : "temp"));
	ask_set(o, "flags", ask_flags(e.flags, flags, sizeof(flags) / sizeof(flags[0])));
	if (e.vid)
		ask_set_number(o, "vid", e.vid);
}

/* A router's port gets all groups. */
static void add_router(struct ask *a, uint32_t bridge, const struct nlattr *port)
{
	uint32_t ifindex;
	json_t *o;

	if (mnl_attr_get_payload_len(port) < sizeof(ifindex))
		return;
	memcpy(&ifindex, mnl_attr_get_payload(port), sizeof(ifindex));
	o = ask_new(a);
	ask_set_device(a, o, "dev", "dev_index", bridge);
	ask_set_device(a, o, "port", "port_index", ifindex);
	ask_set(o, "router", json_true());
}

static void on_mdb(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct br_port_msg *m = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *mdb = attr_of_message(nlh, sizeof(*m), MDBA_MDB);
	const struct nlattr *routers = attr_of_message(nlh, sizeof(*m), MDBA_ROUTER);
	const struct nlattr *entry, *info;

	if (a->ifindex && m->ifindex != a->ifindex)
		return;
	if (mdb)
		mnl_attr_for_each_nested(entry, mdb) mnl_attr_for_each_nested(
			info, entry) if (mnl_attr_get_type(info) == MDBA_MDB_ENTRY_INFO)
			add_group(a, m->ifindex, info);
	if (routers)
		mnl_attr_for_each_nested(entry,
					 routers) if (mnl_attr_get_type(entry) == MDBA_ROUTER_PORT)
			add_router(a, m->ifindex, entry);
}

int host_ask_mdb(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETMDB, NLM_F_DUMP);
	struct br_port_msg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	m->family = AF_BRIDGE;
	if (!r)
		r = ask_device_arg(&a, &a.ifindex);
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_mdb);
	/* a kernel without bridges has none */
	return ask_close(&a, r == -EOPNOTSUPP ? 0 : r, ret);
}
