/* SPDX-License-Identifier: GPL-2.0-only */
/* What is registered at netfilter's hooks, in the order in which it runs: nfnetlink_hook. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <string.h>

#include "host/ask_core.h"
#include "util/foreign_json.h"

/* Spelled out, because headers of older systems lack the later ones. */
enum {
	SUBSYS_HOOK = 12,
	ATTR_HOOKNUM = 1,
	ATTR_PRIORITY = 2,
	ATTR_DEV = 3,
	ATTR_FUNCTION = 4,
	ATTR_MODULE = 5,
	ATTR_CHAIN_INFO = 6,
	INFO_DESC = 1,
	INFO_TYPE = 2,
	TYPE_NFT = 1,
	TYPE_BPF = 2,
	TYPE_FLOWTABLE = 3,
	DESC_TABLE = 1,
	DESC_FAMILY = 2,
	DESC_NAME = 3,
	DESC_PROG_ID = 1,
};

static const struct point {
	uint8_t pf, hook;
	const char *family, *name;
} points[] = {
	{NFPROTO_NETDEV, 0, "netdev", "ingress"}, {NFPROTO_BRIDGE, 0, "bridge", "prerouting"},
	{NFPROTO_BRIDGE, 1, "bridge", "input"},	  {NFPROTO_BRIDGE, 2, "bridge", "forward"},
	{NFPROTO_BRIDGE, 3, "bridge", "output"},  {NFPROTO_BRIDGE, 4, "bridge", "postrouting"},
	{NFPROTO_IPV4, 0, "ip", "prerouting"},	  {NFPROTO_IPV6, 0, "ip6", "prerouting"},
	{NFPROTO_IPV4, 1, "ip", "input"},	  {NFPROTO_IPV6, 1, "ip6", "input"},
	{NFPROTO_IPV4, 2, "ip", "forward"},	  {NFPROTO_IPV6, 2, "ip6", "forward"},
	{NFPROTO_IPV4, 3, "ip", "output"},	  {NFPROTO_IPV6, 3, "ip6", "output"},
	{NFPROTO_IPV4, 4, "ip", "postrouting"},	  {NFPROTO_IPV6, 4, "ip6", "postrouting"},
	{NFPROTO_ARP, 0, "arp", "input"},	  {NFPROTO_ARP, 1, "arp", "output"},
	{NFPROTO_NETDEV, 1, "netdev", "egress"},
};
#define N_POINTS (sizeof(points) / sizeof(points[0]))

static const char *family_name(uint8_t pf)
{
	if (pf == NFPROTO_INET)
		return "inet";
	for (size_t i = 0; i < N_POINTS; i++)
		if (points[i].pf == pf)
			return points[i].family;
	return "";
}

static const struct attr_row desc_rows[] = {
	{DESC_TABLE, ATTR_TEXT, "table", {0}},
	{DESC_NAME, ATTR_TEXT, "chain", {0}},
};
static const struct attr_table desc_table = ATTR_TABLE(desc_rows);

static void put_chain(struct ask *a, json_t *o, const struct nlattr *info)
{
	const struct nlattr *desc = attr_in(info, INFO_DESC);
	const struct nlattr *family = attr_in(desc, DESC_FAMILY);
	uint64_t type = attr_be(attr_in(info, INFO_TYPE), 0);

	if (!desc || !type)
		return;
	ask_set(o, "type",
		json_string(type == TYPE_NFT	     ? "nft"
			    : type == TYPE_BPF	     ? "bpf"
			    : type == TYPE_FLOWTABLE ? "flowtable"
						     : "other"));
	if (type == TYPE_BPF) {
		ask_set_number(o, "prog_id", attr_be(attr_in(desc, DESC_PROG_ID), 0));
		return;
	}
	attrs_nested(a, o, &desc_table, desc);
	if (family)
		ask_set(o, "nft_family", json_string(family_name((uint8_t)attr_number(family, 0))));
}

static const struct attr_row hook_rows[] = {
	{ATTR_FUNCTION, ATTR_TEXT, "function", {0}},
	{ATTR_MODULE, ATTR_TEXT, "module", {0}},
	{ATTR_CHAIN_INFO, ATTR_CALL, "type", {.call = put_chain}},
};
static const struct attr_table hook_table = ATTR_TABLE(hook_rows);

static void on_hook(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct point *p = &points[a->number];
	const struct nlattr *priority =
		attr_of_message(nlh, sizeof(struct nfgenmsg), ATTR_PRIORITY);
	json_t *o = ask_new(a);

	ask_set(o, "family", json_string(p->family));
	ask_set(o, "hook", json_string(p->name));
	if (priority)
		ask_set(o, "priority", json_integer((int32_t)attr_be(priority, 0)));
	if (a->ifindex)
		ask_set_device(a, o, "dev", "dev_index", a->ifindex);
	attrs_message(a, o, &hook_table, nlh, sizeof(struct nfgenmsg));
}

/* dev: NULL, or of the netdev family. */
static int ask_point(struct ask *a, size_t i, const char *dev)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, SUBSYS_HOOK << 8, NLM_F_DUMP);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));

	a->number = (uint32_t)i;
	*g = (struct nfgenmsg){.nfgen_family = points[i].pf, .version = NFNETLINK_V0};
	mnl_attr_put_u32(nlh, ATTR_HOOKNUM, htonl(points[i].hook));
	if (dev)
		mnl_attr_put_strz(nlh, ATTR_DEV, dev);
	return ask_run(a, nlh, sizeof(*g), on_hook);
}

/* Of these a kernel may have none, or not know the place; of the others it must tell. */
static bool may_lack(const struct point *p, int r)
{
	return p->pf != NFPROTO_IPV4 &&
	       (r == -EOPNOTSUPP || r == -ENOENT || r == -ENODEV || r == -EINVAL);
}

static int ask_devices(struct ask *a, size_t point, const json_t *links)
{
	const json_t *link;
	size_t i;
	int r = 0;

	json_array_foreach(links, i, link)
	{
		char name[IFNAMSIZ];

		if (!foreign_bytes(json_string_value(json_object_get(link, "ifname")), name,
				   sizeof(name)))
			continue;
		a->ifindex = (uint32_t)ask_number(link, "ifindex", 0);
		r = ask_point(a, point, name);
		if (r && !may_lack(&points[point], r))
			break;
		/* what this kernel knows of no device it knows of none */
		if (r == -EOPNOTSUPP || r == -EINVAL)
			break;
		r = 0;
	}
	a->ifindex = 0;
	return may_lack(&points[point], r) ? 0 : r;
}

static bool is_wanted(const struct point *p, const char *family)
{
	return !family || !strcmp(p->family, family);
}

/* args: those of the netdev family are asked for these devices, see links. */
int host_ask_hooks(const json_t *args, json_t **ret)
{
	const char *family = json_string_value(json_object_get(args, "family"));
	json_t *links = NULL;
	struct ask a;
	int r = ask_open(&a, NETLINK_NETFILTER, args);

	if (!r && is_wanted(&points[0], family))
		r = host_ask_links(args, &links);
	for (size_t i = 0; i < N_POINTS && !r; i++) {
		if (!is_wanted(&points[i], family))
			continue;
		if (points[i].pf == NFPROTO_NETDEV) {
			r = ask_devices(&a, i, links);
		} else {
			r = ask_point(&a, i, NULL);
			if (may_lack(&points[i], r))
				r = 0;
		}
	}
	json_decref(links);
	/* before 5.14, or built without: not that nothing is there */
	return ask_close(&a, r == -ENOENT || r == -EINVAL ? -EOPNOTSUPP : r, ret);
}
