/* SPDX-License-Identifier: GPL-2.0-only */
/* Of a link's message: statistics, XDP programs, and what its sysctls say. RTM_GETNETCONF, too. */
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "host/ask_links.h"

#define STAT(way, key, field)                                                                      \
	{                                                                                          \
		offsetof(struct rtnl_link_stats64, field), way, key                                \
	}

static const struct {
	uint16_t offset;
	uint8_t tx;
	const char *key;
} stats[] = {
	STAT(0, "bytes", rx_bytes),
	STAT(0, "packets", rx_packets),
	STAT(0, "errors", rx_errors),
	STAT(0, "dropped", rx_dropped),
	STAT(0, "over_errors", rx_over_errors),
	STAT(0, "multicast", multicast),
	STAT(0, "length_errors", rx_length_errors),
	STAT(0, "crc_errors", rx_crc_errors),
	STAT(0, "frame_errors", rx_frame_errors),
	STAT(0, "fifo_errors", rx_fifo_errors),
	STAT(0, "missed_errors", rx_missed_errors),
	STAT(0, "nohandler", rx_nohandler),
	STAT(1, "bytes", tx_bytes),
	STAT(1, "packets", tx_packets),
	STAT(1, "errors", tx_errors),
	STAT(1, "dropped", tx_dropped),
	STAT(1, "carrier_errors", tx_carrier_errors),
	STAT(1, "collisions", collisions),
	STAT(1, "aborted_errors", tx_aborted_errors),
	STAT(1, "fifo_errors", tx_fifo_errors),
	STAT(1, "window_errors", tx_window_errors),
	STAT(1, "heartbeat_errors", tx_heartbeat_errors),
};

void link_put_stats(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *bytes = mnl_attr_get_payload(attr);
	json_t *way[2] = {json_object(), json_object()};

	(void)a;
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		uint64_t v;

		if (stats[i].offset + sizeof(v) > mnl_attr_get_payload_len(attr))
			continue;
		memcpy(&v, bytes + stats[i].offset, sizeof(v));
		ask_set_number(way[stats[i].tx], stats[i].key, v);
	}
	ask_set(to, "stats64", json_pack("{s:o, s:o}", "rx", way[0], "tx", way[1]));
}

static const char *const xdp_modes[] = {NULL, "native", "generic", "offloaded", "multi"};

static void add_xdp(json_t *list, const char *mode, const struct nlattr *id)
{
	if (attr_number(id, 0))
		json_array_append_new(list, json_pack("{s:s, s:I}", "mode", mode, "id",
						      (json_int_t)attr_number(id, 0)));
}

void link_put_xdp(struct ask *a, json_t *to, const struct nlattr *attr)
{
	uint64_t mode = attr_number(attr_in(attr, IFLA_XDP_ATTACHED), 0);
	json_t *list = json_array();

	(void)a;
	if (mode && mode < sizeof(xdp_modes) / sizeof(xdp_modes[0]) && mode != XDP_ATTACHED_MULTI) {
		add_xdp(list, xdp_modes[mode], attr_in(attr, IFLA_XDP_PROG_ID));
	} else if (mode) {
		add_xdp(list, "offloaded", attr_in(attr, IFLA_XDP_HW_PROG_ID));
		add_xdp(list, "native", attr_in(attr, IFLA_XDP_DRV_PROG_ID));
		add_xdp(list, "generic", attr_in(attr, IFLA_XDP_SKB_PROG_ID));
	}
	if (json_array_size(list))
		ask_set(to, "xdp", list);
	else
		json_decref(list);
}

/* Places in the array of the device's settings, the first is 0. */
struct setting {
	uint16_t place;
	const char *key;
};

static const struct setting inet_settings[] = {
	{IPV4_DEVCONF_FORWARDING - 1, "forwarding"},
	{IPV4_DEVCONF_MC_FORWARDING - 1, "mc_forwarding"},
	{IPV4_DEVCONF_PROXY_ARP - 1, "proxy_arp"},
	{IPV4_DEVCONF_ACCEPT_REDIRECTS - 1, "accept_redirects"},
	{IPV4_DEVCONF_RP_FILTER - 1, "rp_filter"},
	{IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE - 1, "accept_source_route"},
	{IPV4_DEVCONF_LOG_MARTIANS - 1, "log_martians"},
	{IPV4_DEVCONF_NOXFRM - 1, "disable_xfrm"},
	{IPV4_DEVCONF_NOPOLICY - 1, "disable_policy"},
	{IPV4_DEVCONF_ARP_ANNOUNCE - 1, "arp_announce"},
	{IPV4_DEVCONF_ARP_IGNORE - 1, "arp_ignore"},
	{IPV4_DEVCONF_ARPFILTER - 1, "arp_filter"},
	{IPV4_DEVCONF_ARP_ACCEPT - 1, "arp_accept"},
	{IPV4_DEVCONF_ACCEPT_LOCAL - 1, "accept_local"},
	{IPV4_DEVCONF_SRC_VMARK - 1, "src_valid_mark"},
	{IPV4_DEVCONF_PROXY_ARP_PVLAN - 1, "proxy_arp_pvlan"},
	{IPV4_DEVCONF_ROUTE_LOCALNET - 1, "route_localnet"},
	{IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN - 1, "ignore_routes_with_linkdown"},
	{IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST - 1, "drop_unicast_in_l2_multicast"},
	{IPV4_DEVCONF_DROP_GRATUITOUS_ARP - 1, "drop_gratuitous_arp"},
};

static const struct setting inet6_settings[] = {
	{DEVCONF_FORWARDING, "forwarding"},
	{DEVCONF_HOPLIMIT, "hop_limit"},
	{DEVCONF_MTU6, "mtu"},
	{DEVCONF_ACCEPT_RA, "accept_ra"},
	{DEVCONF_PROXY_NDP, "proxy_ndp"},
	{DEVCONF_ACCEPT_SOURCE_ROUTE, "accept_source_route"},
	{DEVCONF_MC_FORWARDING, "mc_forwarding"},
	{DEVCONF_DISABLE_IPV6, "disable_ipv6"},
	{DEVCONF_ACCEPT_DAD, "accept_dad"},
	{DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, "ignore_routes_with_linkdown"},
	{DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, "drop_unicast_in_l2_multicast"},
	{DEVCONF_SEG6_ENABLED, "seg6_enabled"},
	{DEVCONF_DISABLE_POLICY, "disable_policy"},
};

static void put_settings(json_t *to, const char *key, const struct nlattr *attr,
			 const struct setting *s, size_t n)
{
	const char *bytes = attr ? mnl_attr_get_payload(attr) : NULL;
	json_t *o;

	if (!bytes)
		return;
	o = json_object();
	for (size_t i = 0; i < n; i++) {
		int32_t v;

		if ((s[i].place + 1) * sizeof(v) > mnl_attr_get_payload_len(attr))
			continue;
		memcpy(&v, bytes + s[i].place * sizeof(v), sizeof(v));
		ask_set(o, s[i].key, json_integer(v));
	}
	ask_set(to, key, o);
}

void link_put_conf(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const struct nlattr *six = attr_in(attr, AF_INET6);
	const struct nlattr *mode = attr_in(six, IFLA_INET6_ADDR_GEN_MODE);

	(void)a;
	put_settings(to, "inet", attr_in(attr_in(attr, AF_INET), IFLA_INET_CONF), inet_settings,
		     sizeof(inet_settings) / sizeof(inet_settings[0]));
	put_settings(to, "inet6", attr_in(six, IFLA_INET6_CONF), inet6_settings,
		     sizeof(inet6_settings) / sizeof(inet6_settings[0]));
	if (mode)
		ask_set_number(to, "inet6_addr_gen_mode", attr_number(mode, 0));
}

static const struct attr_row netconf_rows[] = {
	{NETCONFA_IFINDEX, ATTR_SINT, "ifindex", {0}},
	{NETCONFA_FORWARDING, ATTR_SINT, "forwarding", {0}},
	{NETCONFA_RP_FILTER, ATTR_SINT, "rp_filter", {0}},
	{NETCONFA_MC_FORWARDING, ATTR_SINT, "mc_forwarding", {0}},
	{NETCONFA_PROXY_NEIGH, ATTR_SINT, "proxy_neigh", {0}},
	{NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN, ATTR_SINT, "ignore_routes_with_linkdown", {0}},
	{NETCONFA_INPUT, ATTR_SINT, "input", {0}}, /* MPLS */
};
static const struct attr_table netconf_table = ATTR_TABLE(netconf_rows);

static void on_netconf(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct netconfmsg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;
	json_int_t i;

	if (nlh->nlmsg_type != RTM_NEWNETCONF)
		return;
	o = ask_new(a);
	ask_set_number(o, "family",
		       m->ncm_family == AF_INET6  ? 6
		       : m->ncm_family == AF_INET ? 4
						  : 0);
	attrs_message(a, o, &netconf_table, nlh, sizeof(*m));
	i = json_integer_value(json_object_get(o, "ifindex"));
	if (i > 0)
		ask_set_device(a, o, "ifname", "ifindex", (uint32_t)i);
	else if (i)
		ask_set(o, "ifname", json_string(i == NETCONFA_IFINDEX_ALL ? "all" : "default"));
}

int host_ask_netconf(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETNETCONF, NLM_F_DUMP);
	struct netconfmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	m->ncm_family = ask_number(args, "family", 4) == 6 ? AF_INET6 : AF_INET;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_netconf);
	return ask_close(&a, r, ret);
}
