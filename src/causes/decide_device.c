/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device itself, as rtnetlink describes it a moment later: one without carrier takes nothing,
 * and a veth hands over only what its other end takes, which may be in another namespace.
 */
#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/inside.h"
#include "util/netlink.h"

struct end {
	bool found, is_veth, elsewhere;
	uint32_t flags, mtu;
	uint32_t other; /* ifindex of the device that it leads to, 0: none */
	int nsid;	/* where that one is, if elsewhere */
	char name[IFNAMSIZ];
};

struct pair {
	uint32_t ifindex;
	struct end own, other;
};

static int on_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(nlh);
	struct end *e = arg;
	const struct nlattr *a;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	e->found = true;
	e->flags = i->ifi_flags;
	mnl_attr_for_each(a, nlh, sizeof(*i))
	{
		switch (mnl_attr_get_type(a)) {
		case IFLA_IFNAME:
			snprintf(e->name, sizeof(e->name), "%s", mnl_attr_get_str(a));
			break;
		case IFLA_MTU:
			e->mtu = mnl_attr_get_u32(a);
			break;
		case IFLA_LINK:
			e->other = mnl_attr_get_u32(a);
			break;
		case IFLA_LINK_NETNSID:
			e->elsewhere = true;
			e->nsid = (int)mnl_attr_get_u32(a);
			break;
		case IFLA_LINKINFO:
			e->is_veth = !strcmp(netlink_text_in(a, IFLA_INFO_KIND), "veth");
			break;
		}
	}
	return MNL_CB_OK;
}

/* nsid: of the namespace to look in, if that is not this one. */
static void ask_link(struct mnl_socket *s, uint32_t ifindex, const int *nsid, struct end *ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETLINK, 0);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(nlh, sizeof(*i));

	i->ifi_index = (int)ifindex;
	if (nsid)
		mnl_attr_put_u32(nlh, IFLA_TARGET_NETNSID, (uint32_t)*nsid);
	netlink_ask(s, nlh, on_link, ret);
}

static int ask_pair(void *arg)
{
	struct pair *p = arg;
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);

	if (!s)
		return -1;
	ask_link(s, p->ifindex, NULL, &p->own);
	if (p->own.other)
		ask_link(s, p->own.other, p->own.elsewhere ? &p->own.nsid : NULL, &p->other);
	mnl_socket_close(s);
	return 0;
}

const struct host_row device_pair_row = {ask_pair, sizeof(struct pair), HOST_NETLINK, true};

static bool look_at(struct names *n, const struct journey *j, struct pair *p)
{
	*p = (struct pair){.ifindex = j->drop.at.ifindex};
	return p->ifindex && !names_inside(n, j->drop.at.netns_inum, ask_pair, p) && p->own.found;
}

struct decider *decide_carrier(struct names *n, const struct journey *j)
{
	struct decider *d;
	struct pair p;

	if (!look_at(n, j, &p) || (p.own.flags & IFF_UP && p.own.flags & IFF_LOWER_UP))
		return NULL;
	d = decider_new(DECIDER_DEVICE);
	decider_set_text(d, "dev", p.own.name);
	decider_set_text(d, "cause",
			 !(p.own.flags & IFF_UP) ? "it is down"
			 : p.own.is_veth	 ? "no carrier, its other end is down"
					 : "no carrier: look at its other end, at the ports "
					   "below it, or at the program that has it open");
	return d;
}

struct decider *decide_device(struct names *n, struct journey *j)
{
	char cause[96];
	struct decider *d;
	struct pair p;

	if (!look_at(n, j, &p) || !p.own.is_veth)
		return NULL;
	if (!p.other.found)
		snprintf(cause, sizeof(cause), "its other end is gone");
	else if (!(p.other.flags & IFF_UP))
		snprintf(cause, sizeof(cause), "its other end %s is down", p.other.name);
	else if (journey_last_packet(j)->ip_len > p.other.mtu)
		snprintf(cause, sizeof(cause),
			 "larger than the MTU %u of its other end %s, its own is %u", p.other.mtu,
			 p.other.name, p.own.mtu);
	else
		return NULL;
	d = decider_new(DECIDER_DEVICE);
	decider_set_text(d, "dev", p.own.name);
	decider_set_text(d, "cause", cause);
	return d;
}
