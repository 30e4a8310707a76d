/* SPDX-License-Identifier: GPL-2.0-only */
/* See egress.h. */
#include "collect/egress.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/netlink.h"

/* Kinds whose packets go on through a device below that is looked at, too, or come back in. */
static bool passes_on(const char *kind, bool loops)
{
	static const char *const kinds[] = {"bridge", "vlan", "bond", "team", "vrf"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return loops;
}

static int on_link(const struct nlmsghdr *h, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(h);
	struct egress *d = arg;
	struct egress_device *more = realloc(d->rows, (d->n + 1) * sizeof(*more)), *dev;
	const struct nlattr *a;
	const char *kind = "";
	bool elsewhere = false;

	if (!more) {
		d->r = -ENOMEM;
		return MNL_CB_STOP;
	}
	d->rows = more;
	dev = &more[d->n++];
	*dev = (struct egress_device){.ifindex = ifi->ifi_index};
	mnl_attr_for_each(a, h, sizeof(*ifi))
	{
		if (mnl_attr_get_type(a) == IFLA_IFNAME)
			snprintf(dev->name, sizeof(dev->name), "%s", mnl_attr_get_str(a));
		else if (mnl_attr_get_type(a) == IFLA_LINKINFO)
			kind = netlink_text_in(a, IFLA_INFO_KIND);
		else if (mnl_attr_get_type(a) == IFLA_LINK_NETNSID)
			elsewhere = true; /* the one below is another namespace's */
	}
	if (!elsewhere && passes_on(kind, ifi->ifi_flags & IFF_LOOPBACK))
		d->n--;
	return MNL_CB_OK;
}

int egress_list(struct egress *ret)
{
	struct mnl_socket *s = netlink_open(NETLINK_ROUTE);
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(h, sizeof(*ifi));
	int r;

	*ret = (struct egress){0};
	if (!s)
		return -errno;
	ifi->ifi_family = AF_UNSPEC;
	r = netlink_ask(s, h, on_link, ret);
	mnl_socket_close(s);
	return r ? r : ret->r;
}

void egress_clear(struct egress *e)
{
	free(e->rows);
	*e = (struct egress){0};
}
