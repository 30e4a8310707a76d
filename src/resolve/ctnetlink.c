/* SPDX-License-Identifier: GPL-2.0-only */
/* See ctnetlink.h. */
#include "resolve/ctnetlink.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

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
	struct mnl_socket *s = mnl_socket_open(NETLINK_NETFILTER);
	char buf[32768];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *g;
	ssize_t n;

	if (!s)
		return;
	nlh->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	nlh->nlmsg_flags = NLM_F_REQUEST | (p ? 0 : NLM_F_DUMP);
	nlh->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	*g = (struct nfgenmsg){.nfgen_family = !p		? AF_UNSPEC
					       : p->family == 6 ? AF_INET6
								: AF_INET,
			       .version = NFNETLINK_V0};
	if (p)
		put_tuple(nlh, p);
	if (!mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(s, nlh, nlh->nlmsg_len) >= 0)
		while ((n = mnl_socket_recvfrom(s, buf, sizeof(buf))) > 0)
			/* one answer has no message that ends it */
			if (mnl_cb_run(buf, n, 1, mnl_socket_get_portid(s), cb, arg) != MNL_CB_OK ||
			    p)
				break;
	mnl_socket_close(s);
}
