/* SPDX-License-Identifier: GPL-2.0-only */
/* The conntrack entry that a packet begins, by the addresses that it was put in with. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "send/ground.h"
#include "util/netlink.h"

static void put_addresses(struct nlmsghdr *h, const struct wb_made *m)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTA_TUPLE_IP);
	size_t len = m->family == 4 ? 4 : 16;

	mnl_attr_put(h, m->family == 4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, len, m->saddr);
	mnl_attr_put(h, m->family == 4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, len, m->daddr);
	mnl_attr_nest_end(h, nest);
}

static void put_transport(struct nlmsghdr *h, const struct wb_made *m, uint8_t icmp_type)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	bool v6 = m->proto == IPPROTO_ICMPV6;

	mnl_attr_put_u8(h, CTA_PROTO_NUM, m->proto);
	if (m->proto == IPPROTO_ICMP || v6) {
		mnl_attr_put_u16(h, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, m->ports);
		mnl_attr_put_u8(h, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, icmp_type);
		mnl_attr_put_u8(h, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, 0);
	} else if (m->has_ports) {
		mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, m->ports);
		mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, m->ports >> 16);
	}
	mnl_attr_nest_end(h, nest);
}

static int ask(struct mnl_socket *s, const struct wb_made *m, uint16_t zone, uint8_t icmp_type,
	       int what, uint16_t flags)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, NFNL_SUBSYS_CTNETLINK << 8 | what, flags);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	struct nlattr *nest;

	if (!m->family)
		return -ENOENT;
	g->nfgen_family = m->family == 4 ? AF_INET : AF_INET6;
	nest = mnl_attr_nest_start(h, CTA_TUPLE_ORIG);
	put_addresses(h, m);
	put_transport(h, m, icmp_type);
	mnl_attr_nest_end(h, nest);
	if (zone)
		mnl_attr_put_u16(h, CTA_ZONE, htons(zone));
	return netlink_ask(s, h, NULL, NULL);
}

bool ground_has_conntrack(struct mnl_socket *s, const struct wb_made *m, uint16_t zone,
			  uint8_t icmp_type)
{
	return !ask(s, m, zone, icmp_type, IPCTNL_MSG_CT_GET, 0);
}

int ground_delete_conntrack(struct mnl_socket *s, const struct wb_made *m, uint16_t zone,
			    uint8_t icmp_type)
{
	return ask(s, m, zone, icmp_type, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
}
