/* SPDX-License-Identifier: GPL-2.0-only */
/* What is particular to a kind of device, kind by kind: a table each. Bridges': ask_bridge.c. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <string.h>

#include "host/ask_bridge.h"
#include "host/ask_links.h"
#include "util/foreign_json.h"

/* An end of a tunnel, which may be anywhere. */
static void put_end(json_t *to, const char *key, const struct nlattr *attr)
{
	static const uint8_t nowhere[16];
	uint16_t n = mnl_attr_get_payload_len(attr);
	const void *p = mnl_attr_get_payload(attr);

	if ((n == 4 || n == 16) && !memcmp(p, nowhere, n))
		ask_set(to, key, json_string("any"));
	else
		ask_set_address(to, key, p, n);
}

static void put_local(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	put_end(to, "local", attr);
}

static void put_remote(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	put_end(to, "remote", attr);
}

/* Of a VXLAN: a group, or the one remote. */
static void put_group(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const uint8_t *p = mnl_attr_get_payload(attr);
	uint16_t n = mnl_attr_get_payload_len(attr);
	bool group = (n == 4 && (p[0] & 0xf0) == 0xe0) || (n == 16 && p[0] == 0xff);

	(void)a;
	put_end(to, group ? "group" : "remote", attr);
}

static void put_port_range(struct ask *a, json_t *to, const struct nlattr *attr)
{
	uint16_t port[2];

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(port))
		return;
	memcpy(port, mnl_attr_get_payload(attr), sizeof(port));
	ask_set(to, "port_range",
		json_pack("{s:i, s:i}", "low", ntohs(port[0]), "high", ntohs(port[1])));
}

void link_put_ethertype(json_t *to, const char *key, const struct nlattr *attr)
{
	uint64_t v = attr_be(attr, 0);

	if (v == ETH_P_8021Q)
		ask_set(to, key, json_string("802.1Q"));
	else if (v == ETH_P_8021AD)
		ask_set(to, key, json_string("802.1ad"));
	else
		ask_set_number(to, key, v);
}

static void put_vlan_protocol(struct ask *a, json_t *to, const struct nlattr *attr)
{
	(void)a;
	link_put_ethertype(to, "protocol", attr);
}

static void put_vlan_flags(struct ask *a, json_t *to, const struct nlattr *attr)
{
	static const char *const names[] = {"REORDER_HDR", "GVRP", "LOOSE_BINDING", "MVRP",
					    "BRIDGE_BINDING"};

	(void)a;
	ask_set(to, "flags",
		ask_flags((uint32_t)attr_number(attr, 0), names, sizeof(names) / sizeof(names[0])));
}

static const struct attr_row vlan_rows[] = {
	{IFLA_VLAN_ID, ATTR_UINT, "id", {0}},
	{IFLA_VLAN_PROTOCOL, ATTR_CALL, "protocol", {.call = put_vlan_protocol}},
	{IFLA_VLAN_FLAGS, ATTR_CALL, "flags", {.call = put_vlan_flags}},
};

static const struct attr_row vxlan_rows[] = {
	{IFLA_VXLAN_ID, ATTR_UINT, "id", {0}},
	{IFLA_VXLAN_GROUP, ATTR_CALL, "group", {.call = put_group}},
	{IFLA_VXLAN_GROUP6, ATTR_CALL, "group", {.call = put_group}},
	{IFLA_VXLAN_LOCAL, ATTR_CALL, "local", {.call = put_local}},
	{IFLA_VXLAN_LOCAL6, ATTR_CALL, "local", {.call = put_local}},
	{IFLA_VXLAN_LINK, ATTR_DEVICE, "link", {0}},
	{IFLA_VXLAN_PORT_RANGE, ATTR_CALL, "port_range", {.call = put_port_range}},
	{IFLA_VXLAN_PORT, ATTR_BE, "port", {0}},
	{IFLA_VXLAN_TTL, ATTR_UINT, "ttl", {0}},
	{IFLA_VXLAN_TTL_INHERIT, ATTR_ON, "ttl_inherit", {0}},
	{IFLA_VXLAN_TOS, ATTR_UINT, "tos", {0}},
	{IFLA_VXLAN_DF, ATTR_UINT, "df", {0}},
	{IFLA_VXLAN_LEARNING, ATTR_ON, "learning", {0}},
	{IFLA_VXLAN_PROXY, ATTR_ON, "proxy", {0}},
	{IFLA_VXLAN_RSC, ATTR_ON, "rsc", {0}},
	{IFLA_VXLAN_L2MISS, ATTR_ON, "l2miss", {0}},
	{IFLA_VXLAN_L3MISS, ATTR_ON, "l3miss", {0}},
	{IFLA_VXLAN_AGEING, ATTR_UINT, "ageing", {0}},
	{IFLA_VXLAN_LIMIT, ATTR_UINT, "limit", {0}},
	{IFLA_VXLAN_COLLECT_METADATA, ATTR_ON, "external", {0}},
	{IFLA_VXLAN_GBP, ATTR_FLAG, "gbp", {0}},
	{IFLA_VXLAN_GPE, ATTR_FLAG, "gpe", {0}},
	{IFLA_VXLAN_UDP_CSUM, ATTR_ON, "udp_csum", {0}},
	{IFLA_VXLAN_UDP_ZERO_CSUM6_TX, ATTR_ON, "udp_zero_csum6_tx", {0}},
	{IFLA_VXLAN_UDP_ZERO_CSUM6_RX, ATTR_ON, "udp_zero_csum6_rx", {0}},
};

static const struct attr_row geneve_rows[] = {
	{IFLA_GENEVE_ID, ATTR_UINT, "id", {0}},
	{IFLA_GENEVE_REMOTE, ATTR_CALL, "remote", {.call = put_remote}},
	{IFLA_GENEVE_REMOTE6, ATTR_CALL, "remote", {.call = put_remote}},
	{IFLA_GENEVE_TTL, ATTR_UINT, "ttl", {0}},
	{IFLA_GENEVE_TOS, ATTR_UINT, "tos", {0}},
	{IFLA_GENEVE_PORT, ATTR_BE, "port", {0}},
	{IFLA_GENEVE_DF, ATTR_UINT, "df", {0}},
	{IFLA_GENEVE_COLLECT_METADATA, ATTR_FLAG, "external", {0}},
	{IFLA_GENEVE_UDP_CSUM, ATTR_ON, "udp_csum", {0}},
};

static const struct attr_row gre_rows[] = {
	{IFLA_GRE_LINK, ATTR_DEVICE, "link", {0}},
	{IFLA_GRE_LOCAL, ATTR_CALL, "local", {.call = put_local}},
	{IFLA_GRE_REMOTE, ATTR_CALL, "remote", {.call = put_remote}},
	{IFLA_GRE_TTL, ATTR_UINT, "ttl", {0}},
	{IFLA_GRE_TOS, ATTR_UINT, "tos", {0}},
	{IFLA_GRE_PMTUDISC, ATTR_ON, "pmtudisc", {0}},
	{IFLA_GRE_IFLAGS, ATTR_BE, "iflags", {0}}, /* 0x2000: with a key, 0x1000: numbered */
	{IFLA_GRE_OFLAGS, ATTR_BE, "oflags", {0}},
	{IFLA_GRE_IKEY, ATTR_BE, "ikey", {0}},
	{IFLA_GRE_OKEY, ATTR_BE, "okey", {0}},
	{IFLA_GRE_ENCAP_LIMIT, ATTR_UINT, "encap_limit", {0}},
	{IFLA_GRE_ENCAP_TYPE, ATTR_UINT, "encap_type", {0}},
	{IFLA_GRE_COLLECT_METADATA, ATTR_FLAG, "external", {0}},
	{IFLA_GRE_IGNORE_DF, ATTR_ON, "ignore_df", {0}},
	{IFLA_GRE_FWMARK, ATTR_UINT, "fwmark", {0}},
	{IFLA_GRE_ERSPAN_INDEX, ATTR_UINT, "erspan_index", {0}},
	{IFLA_GRE_ERSPAN_VER, ATTR_UINT, "erspan_ver", {0}},
};

static const struct attr_row iptun_rows[] = {
	{IFLA_IPTUN_LINK, ATTR_DEVICE, "link", {0}},
	{IFLA_IPTUN_LOCAL, ATTR_CALL, "local", {.call = put_local}},
	{IFLA_IPTUN_REMOTE, ATTR_CALL, "remote", {.call = put_remote}},
	{IFLA_IPTUN_TTL, ATTR_UINT, "ttl", {0}},
	{IFLA_IPTUN_TOS, ATTR_UINT, "tos", {0}},
	{IFLA_IPTUN_ENCAP_LIMIT, ATTR_UINT, "encap_limit", {0}},
	{IFLA_IPTUN_PROTO, ATTR_UINT, "proto", {0}},
	{IFLA_IPTUN_PMTUDISC, ATTR_ON, "pmtudisc", {0}},
	{IFLA_IPTUN_6RD_PREFIX, ATTR_ADDRESS, "6rd-prefix", {0}},
	{IFLA_IPTUN_6RD_PREFIXLEN, ATTR_UINT, "6rd-prefixlen", {0}},
	{IFLA_IPTUN_COLLECT_METADATA, ATTR_FLAG, "external", {0}},
	{IFLA_IPTUN_FWMARK, ATTR_UINT, "fwmark", {0}},
};

static const struct attr_row vti_rows[] = {
	{IFLA_VTI_LINK, ATTR_DEVICE, "link", {0}},
	{IFLA_VTI_IKEY, ATTR_BE, "ikey", {0}},
	{IFLA_VTI_OKEY, ATTR_BE, "okey", {0}},
	{IFLA_VTI_LOCAL, ATTR_CALL, "local", {.call = put_local}},
	{IFLA_VTI_REMOTE, ATTR_CALL, "remote", {.call = put_remote}},
	{IFLA_VTI_FWMARK, ATTR_UINT, "fwmark", {0}},
};

static const struct attr_row xfrm_rows[] = {
	{IFLA_XFRM_LINK, ATTR_DEVICE, "link", {0}},
	{IFLA_XFRM_IF_ID, ATTR_UINT, "if_id", {0}},
};

static const char *const bond_modes[] = {"balance-rr", "active-backup", "balance-xor", "broadcast",
					 "802.3ad",    "balance-tlb",	"balance-alb"};
static const struct attr_words bond_mode_words = ATTR_WORDS(bond_modes);

static const struct attr_row bond_rows[] = {
	{IFLA_BOND_MODE, ATTR_WORD, "mode", {.words = &bond_mode_words}},
	{IFLA_BOND_ACTIVE_SLAVE, ATTR_DEVICE, "active_slave", {0}},
	{IFLA_BOND_PRIMARY, ATTR_DEVICE, "primary", {0}},
	{IFLA_BOND_MIIMON, ATTR_UINT, "miimon", {0}},
	{IFLA_BOND_UPDELAY, ATTR_UINT, "updelay", {0}},
	{IFLA_BOND_DOWNDELAY, ATTR_UINT, "downdelay", {0}},
	{IFLA_BOND_ARP_INTERVAL, ATTR_UINT, "arp_interval", {0}},
	{IFLA_BOND_MIN_LINKS, ATTR_UINT, "min_links", {0}},
	{IFLA_BOND_ALL_SLAVES_ACTIVE, ATTR_ON, "all_slaves_active", {0}},
};

static const char *const slave_states[] = {"ACTIVE", "BACKUP"};
static const struct attr_words slave_state_words = ATTR_WORDS(slave_states);
static const char *const mii_states[] = {"UP", "GOING_DOWN", "DOWN", "GOING_BACK"};
static const struct attr_words mii_state_words = ATTR_WORDS(mii_states);

static const struct attr_row bond_slave_rows[] = {
	{IFLA_BOND_SLAVE_STATE, ATTR_WORD, "state", {.words = &slave_state_words}},
	{IFLA_BOND_SLAVE_MII_STATUS, ATTR_WORD, "mii_status", {.words = &mii_state_words}},
	{IFLA_BOND_SLAVE_LINK_FAILURE_COUNT, ATTR_UINT, "link_failure_count", {0}},
	{IFLA_BOND_SLAVE_QUEUE_ID, ATTR_UINT, "queue_id", {0}},
};

static const struct attr_row vrf_rows[] = {{IFLA_VRF_TABLE, ATTR_UINT, "table", {0}}};
static const struct attr_row vrf_port_rows[] = {{IFLA_VRF_PORT_TABLE, ATTR_UINT, "table", {0}}};

static const char *const macvlan_modes[] = {NULL, "private", "vepa",	 NULL, "bridge", NULL,
					    NULL, NULL,	     "passthru", NULL, NULL,	 NULL,
					    NULL, NULL,	     NULL,	 NULL, "source"};
static const struct attr_words macvlan_words = ATTR_WORDS(macvlan_modes);
static const struct attr_row macvlan_rows[] = {
	{IFLA_MACVLAN_MODE, ATTR_WORD, "mode", {.words = &macvlan_words}},
	{IFLA_MACVLAN_FLAGS, ATTR_UINT, "flags", {0}},
};

static const char *const ipvlan_modes[] = {"l2", "l3", "l3s"};
static const struct attr_words ipvlan_words = ATTR_WORDS(ipvlan_modes);
static const struct attr_row ipvlan_rows[] = {
	{IFLA_IPVLAN_MODE, ATTR_WORD, "mode", {.words = &ipvlan_words}},
	{IFLA_IPVLAN_FLAGS, ATTR_UINT, "flags", {0}},
};

/* Numbers, because headers of older systems lack them: modes L2 0, L3 1; policies are verdicts. */
static const struct attr_row netkit_rows[] = {
	{2, ATTR_ON, "primary", {0}},
	{3, ATTR_UINT, "policy", {0}},
	{4, ATTR_UINT, "peer_policy", {0}},
	{5, ATTR_UINT, "mode", {0}},
};

static const struct attr_row tun_rows[] = {
	{IFLA_TUN_OWNER, ATTR_UINT, "user", {0}},
	{IFLA_TUN_TYPE, ATTR_UINT, "type", {0}}, /* 1 tun, 2 tap */
	{IFLA_TUN_PERSIST, ATTR_ON, "persist", {0}},
	{IFLA_TUN_MULTI_QUEUE, ATTR_ON, "multi_queue", {0}},
};

#define KIND(kind, rows)                                                                           \
	{                                                                                          \
		kind, ATTR_TABLE(rows)                                                             \
	}

static const struct kind {
	const char *name;
	struct attr_table table;
} kinds[] =
	{
		KIND("vlan", vlan_rows),       KIND("vxlan", vxlan_rows),
		KIND("geneve", geneve_rows),   KIND("gre", gre_rows),
		KIND("gretap", gre_rows),      KIND("erspan", gre_rows),
		KIND("ip6gre", gre_rows),      KIND("ip6gretap", gre_rows),
		KIND("ip6erspan", gre_rows),   KIND("ipip", iptun_rows),
		KIND("sit", iptun_rows),       KIND("ip6tnl", iptun_rows),
		KIND("vti", vti_rows),	       KIND("vti6", vti_rows),
		KIND("xfrm", xfrm_rows),       KIND("bond", bond_rows),
		KIND("vrf", vrf_rows),	       KIND("macvlan", macvlan_rows),
		KIND("macvtap", macvlan_rows), KIND("ipvlan", ipvlan_rows),
		KIND("ipvtap", ipvlan_rows),   KIND("netkit", netkit_rows),
		KIND("tun", tun_rows),
},
  slave_kinds[] = {
	  KIND("bond", bond_slave_rows),
	  KIND("vrf", vrf_port_rows),
};

static void put_data(struct ask *a, json_t *to, const char *key, const struct nlattr *kind,
		     const struct nlattr *data, const struct kind *list, size_t n)
{
	const char *name = kind ? mnl_attr_get_payload(kind) : "";
	uint16_t len = kind ? mnl_attr_get_payload_len(kind) : 0;
	const struct attr_table *table = NULL;
	json_t *o;

	for (size_t i = 0; i < n; i++)
		if (len == strlen(list[i].name) + 1 && !memcmp(list[i].name, name, len))
			table = &list[i].table;
	if (len == 7 && !memcmp(name, "bridge", 7))
		table = list == kinds ? &bridge_table : &bridge_port_table;
	if (!table || !data)
		return;
	o = json_object();
	attrs_nested(a, o, table, data);
	ask_set(to, key, o);
}

static void put_kind(json_t *to, const char *key, const struct nlattr *kind)
{
	if (kind)
		ask_set(to, key,
			foreign_json(mnl_attr_get_payload(kind), mnl_attr_get_payload_len(kind)));
}

void link_put_info(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const struct nlattr *kind = attr_in(attr, IFLA_INFO_KIND);
	const struct nlattr *slave = attr_in(attr, IFLA_INFO_SLAVE_KIND);
	json_t *o = json_object();

	put_kind(o, "info_kind", kind);
	put_data(a, o, "info_data", kind, attr_in(attr, IFLA_INFO_DATA), kinds,
		 sizeof(kinds) / sizeof(kinds[0]));
	put_kind(o, "info_slave_kind", slave);
	put_data(a, o, "info_slave_data", slave, attr_in(attr, IFLA_INFO_SLAVE_DATA), slave_kinds,
		 sizeof(slave_kinds) / sizeof(slave_kinds[0]));
	ask_set(to, "linkinfo", o);
}
