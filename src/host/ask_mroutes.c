/* SPDX-License-Identifier: GPL-2.0-only */
/* Multicast routes: the entries of the kernel's multicast forwarding cache. */
#include <linux/rtnetlink.h>

#include "host/ask_core.h"

static const struct attr_row rows[] = {
	{RTA_SRC, ATTR_ADDRESS, "src", {0}},
	{RTA_DST, ATTR_ADDRESS, "dst", {0}},
	{RTA_IIF, ATTR_DEVICE, "iif", {0}},
};
static const struct attr_table table = ATTR_TABLE(rows);

static void on_route(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWROUTE && m->rtm_family == a->number)
		attrs_message(a, ask_new(a), &table, nlh, sizeof(*m));
}

int host_ask_mroutes(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	a.number = ask_number(args, "family", 4) == 6 ? RTNL_FAMILY_IP6MR : RTNL_FAMILY_IPMR;
	m->rtm_family = a.number;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_route);
	return ask_close(&a, r, ret);
}
