/* SPDX-License-Identifier: GPL-2.0-only */
/* The conntrack entry that a packet begins, by the addresses that it was put in with. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
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

/* Without ports GRE has numbers all the same: 0, as long as PPTP gives it none. */
static void put_transport(struct nlmsghdr *h, const struct ground_connection *c)
{
	struct nlattr *nest = mnl_attr_nest_start(h, CTA_TUPLE_PROTO);
	const struct wb_made *m = &c->made;
	bool v6 = m->proto == IPPROTO_ICMPV6;

	mnl_attr_put_u8(h, CTA_PROTO_NUM, m->proto);
	if (m->proto == IPPROTO_ICMP || v6) {
		mnl_attr_put_u16(h, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, m->ports);
		mnl_attr_put_u8(h, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, c->icmp_type);
		mnl_attr_put_u8(h, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, c->icmp_code);
	} else if (m->has_ports || m->proto == IPPROTO_GRE) {
		mnl_attr_put_u16(h, CTA_PROTO_SRC_PORT, m->ports);
		mnl_attr_put_u16(h, CTA_PROTO_DST_PORT, m->ports >> 16);
	}
	mnl_attr_nest_end(h, nest);
}

static int ask(struct mnl_socket *s, const struct ground_connection *c, int what, uint16_t flags,
	       mnl_cb_t cb, void *arg)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, NFNL_SUBSYS_CTNETLINK << 8 | what, flags);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	struct nlattr *nest;

	if (!c->made.family)
		return -ENOENT;
	g->nfgen_family = c->made.family == 4 ? AF_INET : AF_INET6;
	nest = mnl_attr_nest_start(h, CTA_TUPLE_ORIG);
	put_addresses(h, &c->made);
	put_transport(h, c);
	mnl_attr_nest_end(h, nest);
	if (c->zone)
		mnl_attr_put_u16(h, CTA_ZONE, htons(c->zone));
	return netlink_ask(s, h, cb, arg);
}

static int on_entry(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(a) == CTA_STATUS)
			*(bool *)arg = ntohl(mnl_attr_get_u32(a)) & IPS_SEEN_REPLY;
	}
	return MNL_CB_OK;
}

int ground_find_conntrack(struct mnl_socket *s, const struct ground_connection *c,
			  bool *ret_answered)
{
	*ret_answered = false;
	return ask(s, c, IPCTNL_MSG_CT_GET, 0, on_entry, ret_answered);
}

int ground_delete_conntrack(struct mnl_socket *s, const struct ground_connection *c)
{
	return ask(s, c, IPCTNL_MSG_CT_DELETE, NLM_F_ACK, NULL, NULL);
}
