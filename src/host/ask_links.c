/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices, and their addresses. What is particular to a kind of device: ask_link_info.c. */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/ask_links.h"
#include "util/foreign_json.h"

/* Spelled out, because headers of older systems lack it. */
#define LINK_ALLMULTI 61

const char *const link_flags[LINK_FLAGS] = {
	"UP",	     "BROADCAST", "DEBUG",    "LOOPBACK", "POINTOPOINT", "NOTRAILERS", NULL,
	"NOARP",     "PROMISC",	  "ALLMULTI", "MASTER",	  "SLAVE",	 "MULTICAST",  "PORTSEL",
	"AUTOMEDIA", "DYNAMIC",	  "LOWER_UP", "DORMANT",  "ECHO",
};

static const char *const operstates[] = {
	"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP",
};
const struct attr_words link_operstates = ATTR_WORDS(operstates);

static const char *const modes[] = {"DEFAULT", "DORMANT", "TESTING"};
static const struct attr_words linkmodes = ATTR_WORDS(modes);

static const struct {
	uint16_t type;
	const char *name;
} link_types[] = {
	{1, "ether"}, {512, "ppp"}, {768, "ipip"}, {769, "tunnel6"}, {772, "loopback"},
	{776, "sit"}, {778, "gre"}, {823, "gre6"}, {65534, "none"},
};

json_t *link_flags_json(uint32_t flags)
{
	json_t *list = ask_flags(flags & ~(uint32_t)IFF_RUNNING, link_flags, LINK_FLAGS);

	if (flags & IFF_UP && !(flags & IFF_RUNNING))
		json_array_append_new(list, json_string("NO-CARRIER"));
	return list;
}

static void put_altnames(struct ask *a, json_t *to, const struct nlattr *attr)
{
	json_t *list = json_array();
	const struct nlattr *e;

	(void)a;
	mnl_attr_for_each_nested(e, attr)
	{
		if (mnl_attr_get_type(e) == IFLA_ALT_IFNAME)
			json_array_append_new(list, foreign_json(mnl_attr_get_payload(e),
								 mnl_attr_get_payload_len(e)));
	}
	ask_set(to, "altnames", list);
}

static const struct attr_row link_rows[] = {
	{IFLA_IFNAME, ATTR_TEXT, "ifname", {0}},
	{IFLA_MTU, ATTR_UINT, "mtu", {0}},
	{IFLA_MIN_MTU, ATTR_UINT, "min_mtu", {0}},
	{IFLA_MAX_MTU, ATTR_UINT, "max_mtu", {0}},
	{IFLA_QDISC, ATTR_TEXT, "qdisc", {0}},
	{IFLA_OPERSTATE, ATTR_WORD, "operstate", {.words = &link_operstates}},
	{IFLA_LINKMODE, ATTR_WORD, "linkmode", {.words = &linkmodes}},
	{IFLA_GROUP, ATTR_UINT, "group", {0}},
	{IFLA_TXQLEN, ATTR_UINT, "txqlen", {0}},
	{IFLA_ADDRESS, ATTR_HARDWARE, "address", {0}},
	{IFLA_BROADCAST, ATTR_HARDWARE, "broadcast", {0}},
	{IFLA_IFALIAS, ATTR_TEXT, "ifalias", {0}},
	{IFLA_PROP_LIST, ATTR_CALL, "altnames", {.call = put_altnames}},
	{IFLA_MASTER, ATTR_UINT, "master_index", {0}},
	{IFLA_LINK, ATTR_UINT, "link_index", {0}},
	{IFLA_LINK_NETNSID, ATTR_SINT, "link_netnsid", {0}},
	{IFLA_PROMISCUITY, ATTR_UINT, "promiscuity", {0}},
	{LINK_ALLMULTI, ATTR_UINT, "allmulti", {0}},
	{IFLA_CARRIER, ATTR_ON, "carrier", {0}},
	{IFLA_CARRIER_CHANGES, ATTR_UINT, "carrier_changes", {0}},
	{IFLA_PROTO_DOWN, ATTR_ON, "proto_down", {0}},
	{IFLA_NUM_TX_QUEUES, ATTR_UINT, "num_tx_queues", {0}},
	{IFLA_NUM_RX_QUEUES, ATTR_UINT, "num_rx_queues", {0}},
	{IFLA_GSO_MAX_SIZE, ATTR_UINT, "gso_max_size", {0}},
	{IFLA_GSO_MAX_SEGS, ATTR_UINT, "gso_max_segs", {0}},
	{IFLA_TSO_MAX_SIZE, ATTR_UINT, "tso_max_size", {0}},
	{IFLA_TSO_MAX_SEGS, ATTR_UINT, "tso_max_segs", {0}},
	{IFLA_GRO_MAX_SIZE, ATTR_UINT, "gro_max_size", {0}},
	{IFLA_PARENT_DEV_NAME, ATTR_TEXT, "parentdev", {0}},
	{IFLA_PARENT_DEV_BUS_NAME, ATTR_TEXT, "parentbus", {0}},
	{IFLA_LINKINFO, ATTR_CALL, "linkinfo", {.call = link_put_info}},
	{IFLA_STATS64, ATTR_CALL, "stats64", {.call = link_put_stats}},
	{IFLA_AF_SPEC, ATTR_CALL, "inet", {.call = link_put_conf}},
	{IFLA_XDP, ATTR_CALL, "xdp", {.call = link_put_xdp}},
};
static const struct attr_table link_table = ATTR_TABLE(link_rows);

static void put_type(json_t *to, uint16_t type)
{
	ask_set_number(to, "link_type", type);
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++)
		if (link_types[i].type == type)
			ask_set(to, "link_type", json_string(link_types[i].name));
}

static void on_link(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return;
	o = ask_new(a);
	ask_set_number(o, "ifindex", (uint32_t)i->ifi_index);
	ask_set(o, "flags", link_flags_json(i->ifi_flags));
	put_type(o, i->ifi_type);
	attrs_message(a, o, &link_table, nlh, sizeof(*i));
	ask_learn_device(a, (uint32_t)i->ifi_index, attr_of_message(nlh, sizeof(*i), IFLA_IFNAME));
}

static void name_device(struct ask *a, json_t *link, const char *key, const char *index_key)
{
	uint32_t ifindex = ask_number(link, index_key, 0);

	if (ifindex)
		ask_set_device(a, link, key, index_key, ifindex);
}

/* elsewhere: the names there are not those here. */
static void name_devices(struct ask *a, bool elsewhere)
{
	json_t *link;
	size_t i;

	json_array_foreach(a->ret, i, link)
	{
		if (elsewhere)
			continue;
		name_device(a, link, "master", "master_index");
		if (!json_object_get(link, "link_netnsid"))
			name_device(a, link, "link", "link_index");
	}
}

static int run_links(struct ask *a, uint32_t ifindex)
{
	uint64_t master = ask_number(a->args, "master", 0);
	const json_t *nsid = json_object_get(a->args, "nsid");
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETLINK, ifindex ? 0 : NLM_F_DUMP);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(nlh, sizeof(*i));
	int r;

	i->ifi_index = (int)ifindex;
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, 0);
	if (master && !ifindex)
		mnl_attr_put_u32(nlh, IFLA_MASTER, (uint32_t)master);
	if (nsid)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)json_integer_value(nsid));
	r = ask_run(a, nlh, sizeof(*i), on_link);
	if (!r && !ifindex && !master)
		ask_knows_devices(a);
	if (!r)
		name_devices(a, nsid != NULL);
	return r;
}

int host_ask_links(const json_t *args, json_t **ret)
{
	struct ask a;
	uint32_t ifindex = 0;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	if (!r)
		r = ask_device_arg(&a, &ifindex);
	if (!r)
		r = run_links(&a, ifindex);
	return ask_close(&a, r, ret);
}

static const char *const address_flags[] = {
	"secondary", "nodad",	  "optimistic", "dadfailed",	 "home",     "deprecated",
	"tentative", "permanent", "mngtmpaddr", "noprefixroute", "autojoin", "stable-privacy",
};

static void put_address_flags(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	ask_set(to, "flags",
		ask_flags((uint32_t)attr_number(attr, 0), address_flags,
			  sizeof(address_flags) / sizeof(address_flags[0])));
}

static const struct attr_row address_rows[] = {
	/* of a point-to-point device the first is the other end's, else they are the same */
	{IFA_ADDRESS, ATTR_ADDRESS, "address", {0}},
	{IFA_LOCAL, ATTR_ADDRESS, "local", {0}},
	{IFA_BROADCAST, ATTR_ADDRESS, "broadcast", {0}},
	{IFA_LABEL, ATTR_TEXT, "label", {0}},
	{IFA_FLAGS, ATTR_CALL, "flags", {.call = put_address_flags}},
	{IFA_RT_PRIORITY, ATTR_UINT, "metric", {0}},
};
static const struct attr_table address_table = ATTR_TABLE(address_rows);

static const char *scope_name(uint8_t scope)
{
	return scope == RT_SCOPE_UNIVERSE  ? "global"
	       : scope == RT_SCOPE_SITE	   ? "site"
	       : scope == RT_SCOPE_LINK	   ? "link"
	       : scope == RT_SCOPE_HOST	   ? "host"
	       : scope == RT_SCOPE_NOWHERE ? "nowhere"
					   : NULL;
}

static void on_address(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *i = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != RTM_NEWADDR || (a->ifindex && i->ifa_index != a->ifindex))
		return;
	o = ask_new(a);
	ask_set(o, "family", json_string(i->ifa_family == AF_INET6 ? "inet6" : "inet"));
	ask_set_number(o, "prefixlen", i->ifa_prefixlen);
	ask_set(o, "scope",
		scope_name(i->ifa_scope) ? json_string(scope_name(i->ifa_scope))
					 : json_integer(i->ifa_scope));
	ask_set_device(a, o, "ifname", "ifindex", i->ifa_index);
	attrs_message(a, o, &address_table, nlh, sizeof(*i));
	/* IPv6 tells the local one only where there is another end */
	if (!json_object_get(o, "local"))
		json_object_set(o, "local", json_object_get(o, "address"));
}

int host_ask_addresses(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *i = mnl_nlmsg_put_extra_header(nlh, sizeof(*i));
	uint64_t family = ask_number(args, "family", 0);
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	i->ifa_family = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNSPEC;
	if (!r)
		r = ask_device_arg(&a, &a.ifindex);
	i->ifa_index = a.ifindex;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*i), on_address);
	return ask_close(&a, r, ret);
}
