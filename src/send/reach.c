/* SPDX-License-Identifier: GPL-2.0-only */
/* See reach.h. Who goes through the namespaces: cmd/send_around.c. */
#include "send/reach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "util/netlink.h"

/* Attach type, which older headers lack. */
#define TCX_INGRESS ((enum bpf_attach_type)46)

/* A kernel before 6.6 has none at any. */
static bool has_tcx(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_prog_query_opts, q);

	return !bpf_prog_query_opts((int)ifindex, TCX_INGRESS, &q) && q.prog_cnt;
}

static int on_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(h);
	struct reach_links *l = arg;
	struct reach_link *more;
	const struct nlattr *a, *nsid = NULL;
	const char *kind = "";

	mnl_attr_for_each(a, h, sizeof(*ifi))
	{
		if (mnl_attr_get_type(a) == IFLA_LINK_NETNSID)
			nsid = a;
		else if (mnl_attr_get_type(a) == IFLA_LINKINFO)
			kind = netlink_text_in(a, IFLA_INFO_KIND);
	}
	/* netkit's own programs redirect, too */
	l->redirects |= !strcmp(kind, "netkit") || has_tcx(ifi->ifi_index);
	if (!nsid)
		return MNL_CB_OK;
	more = realloc(l->rows, (l->n + 1) * sizeof(*more));
	if (!more) {
		l->r = -ENOMEM;
		return MNL_CB_STOP;
	}
	l->rows = more;
	more[l->n++] = (struct reach_link){
		.nsid = (int32_t)mnl_attr_get_u32(nsid),
		.pair = !strcmp(kind, "veth") || !strcmp(kind, "netkit"),
	};
	return MNL_CB_OK;
}

static int on_qdisc(const struct nlmsghdr *h, void *arg)
{
	struct reach_links *l = arg;
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct tcmsg))
	{
		if (mnl_attr_get_type(a) == TCA_KIND)
			l->redirects |= !strcmp(mnl_attr_get_str(a), "clsact") ||
					!strcmp(mnl_attr_get_str(a), "ingress");
	}
	return MNL_CB_OK;
}

int reach_links_read(struct reach_links *ret)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETLINK, NLM_F_DUMP);
	int r;

	*ret = (struct reach_links){0};
	if (!s)
		return -errno;
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	r = netlink_ask(s, h, on_link, ret);
	if (!r) {
		h = netlink_request(&room, RTM_GETQDISC, NLM_F_DUMP);
		mnl_nlmsg_put_extra_header(h, sizeof(struct tcmsg));
		r = netlink_ask(s, h, on_qdisc, ret);
	}
	mnl_socket_close(s);
	return r ? r : ret->r;
}

void reach_links_clear(struct reach_links *l)
{
	free(l->rows);
	*l = (struct reach_links){0};
}

static int on_nsid(const struct nlmsghdr *h, void *ret)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(a) == NETNSA_NSID)
			*(int32_t *)ret = (int32_t)mnl_attr_get_u32(a);
	}
	return MNL_CB_OK;
}

int32_t reach_nsid(int fd)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETNSID, 0);
	int32_t id = -1;

	if (!s)
		return id;
	mnl_nlmsg_put_extra_header(h, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(h, NETNSA_FD, (uint32_t)fd);
	netlink_ask(s, h, on_nsid, &id);
	mnl_socket_close(s);
	return id;
}

bool reach_stands_on(const struct reach_links *links, int32_t nsid, bool other_redirects)
{
	for (size_t i = 0; i < links->n; i++)
		if (links->rows[i].nsid == nsid && nsid >= 0 &&
		    (!links->rows[i].pair || other_redirects))
			return true;
	return false;
}
