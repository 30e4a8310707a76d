/* SPDX-License-Identifier: GPL-2.0-only */
/* See ctnetlink.h. */
#include "host/ctnetlink.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "util/netlink.h"

static void put_tuple(struct nlmsghdr *nlh, const struct wb_packet *p)
{
	bool six = p->family == 6;
	struct nlattr *tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG), *part;

	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, six ? 16 : 4, p->saddr);
	mnl_attr_put(nlh, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, six ? 16 : 4, p->daddr);
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, p->proto);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(p->sport));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(p->dport));
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

void ctnetlink_get(const struct wb_packet *p, mnl_cb_t cb, void *arg)
{
	struct mnl_socket *s = netlink_open(NETLINK_NETFILTER);
	struct netlink_room room;
	uint16_t get = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	struct nlmsghdr *nlh = netlink_request(&room, get, p ? 0 : NLM_F_DUMP);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));

	if (!s)
		return;
	*g = (struct nfgenmsg){.nfgen_family = !p		? AF_UNSPEC
					       : p->family == 6 ? AF_INET6
								: AF_INET,
			       .version = NFNETLINK_V0};
	if (p)
		put_tuple(nlh, p);
	netlink_ask(s, nlh, cb, arg);
	mnl_socket_close(s);
}

static int on_counts(const struct nlmsghdr *nlh, void *arg)
{
	struct ct_counts *c = arg;
	const struct nlattr *a;

	mnl_attr_for_each(a, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_payload_len(a) < sizeof(uint32_t))
			continue;
		if (mnl_attr_get_type(a) == CTA_STATS_DROP)
			c->dropped += ntohl(mnl_attr_get_u32(a));
		else if (mnl_attr_get_type(a) == CTA_STATS_INSERT_FAILED)
			c->insert_failed += ntohl(mnl_attr_get_u32(a));
	}
	return MNL_CB_OK;
}

bool ctnetlink_counts(struct ct_counts *ret)
{
	struct mnl_socket *s = netlink_open(NETLINK_NETFILTER);
	struct netlink_room room;
	uint16_t get = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET_STATS_CPU;
	struct nlmsghdr *nlh = netlink_request(&room, get, NLM_F_DUMP);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	int e;

	*ret = (struct ct_counts){0};
	*g = (struct nfgenmsg){.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
	if (!s)
		return false;
	e = netlink_ask(s, nlh, on_counts, ret);
	mnl_socket_close(s);
	return !e;
}
