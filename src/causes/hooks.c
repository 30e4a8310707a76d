/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks nfnetlink_hook, hook by hook. Where the kernel has none, the rulesets' own words about their
 * hooks and priorities have to do.
 */
#include "causes/hooks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "causes/ruleset.h"
#include "util/netlink.h"

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
	DESC_TABLE = 1,
	DESC_FAMILY = 2,
	DESC_NAME = 3,
	DESC_PROG_ID = 1,
};

static const struct point {
	uint8_t pf;
	uint8_t hook;
	const char *family, *name; /* name: as nft and, in capitals, iptables call it */
	enum wb_station station;
} points[] = {
	{NFPROTO_NETDEV, 0, "netdev", "ingress", WB_STATION_NF_NETDEV_INGRESS},
	{NFPROTO_BRIDGE, 0, "bridge", "prerouting", WB_STATION_NF_BRIDGE_PREROUTING},
	{NFPROTO_BRIDGE, 1, "bridge", "input", WB_STATION_NF_BRIDGE_INPUT},
	{NFPROTO_BRIDGE, 2, "bridge", "forward", WB_STATION_NF_BRIDGE_FORWARD},
	{NFPROTO_BRIDGE, 3, "bridge", "output", WB_STATION_NF_BRIDGE_OUTPUT},
	{NFPROTO_BRIDGE, 4, "bridge", "postrouting", WB_STATION_NF_BRIDGE_POSTROUTING},
	{NFPROTO_IPV4, 0, "ip", "prerouting", WB_STATION_NF_PREROUTING},
	{NFPROTO_IPV6, 0, "ip6", "prerouting", WB_STATION_NF_PREROUTING},
	{NFPROTO_IPV4, 1, "ip", "input", WB_STATION_NF_INPUT},
	{NFPROTO_IPV6, 1, "ip6", "input", WB_STATION_NF_INPUT},
	{NFPROTO_IPV4, 2, "ip", "forward", WB_STATION_NF_FORWARD},
	{NFPROTO_IPV6, 2, "ip6", "forward", WB_STATION_NF_FORWARD},
	{NFPROTO_IPV4, 3, "ip", "output", WB_STATION_NF_OUTPUT},
	{NFPROTO_IPV6, 3, "ip6", "output", WB_STATION_NF_OUTPUT},
	{NFPROTO_IPV4, 4, "ip", "postrouting", WB_STATION_NF_POSTROUTING},
	{NFPROTO_IPV6, 4, "ip6", "postrouting", WB_STATION_NF_POSTROUTING},
	{NFPROTO_NETDEV, 1, "netdev", "egress", WB_STATION_NF_NETDEV_EGRESS},
};
#define N_POINTS (sizeof(points) / sizeof(points[0]))

static struct hook_row *add(struct hooks *h, const struct point *p)
{
	struct hook_row *more = realloc(h->rows, (h->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	h->rows = more;
	more += h->n++;
	*more = (struct hook_row){.station = p->station, .family = p->family};
	return more;
}

struct answer {
	struct hooks *hooks;
	const struct point *point;
};

/* Attributes by their number; what this version does not know is skipped. */
struct attrs {
	const struct nlattr *a[8];
};

static int collect(const struct nlattr *attr, void *data)
{
	struct attrs *t = data;
	unsigned type = mnl_attr_get_type(attr);

	if (type < 8)
		t->a[type] = attr;
	return MNL_CB_OK;
}

static void copy(char *ret, size_t size, const struct nlattr *attr)
{
	if (attr)
		snprintf(ret, size, "%.*s", (int)mnl_attr_get_payload_len(attr),
			 mnl_attr_get_str(attr));
}

static const char *family_name(uint8_t pf)
{
	if (pf == NFPROTO_INET)
		return "inet";
	for (size_t i = 0; i < N_POINTS; i++)
		if (points[i].pf == pf)
			return points[i].family;
	return "";
}

static void read_chain(struct hook_row *r, const struct nlattr *info)
{
	struct attrs outer = {0}, desc = {0};
	uint32_t type;

	mnl_attr_parse_nested(info, collect, &outer);
	if (!outer.a[INFO_DESC] || !outer.a[INFO_TYPE])
		return;
	type = ntohl(mnl_attr_get_u32(outer.a[INFO_TYPE]));
	mnl_attr_parse_nested(outer.a[INFO_DESC], collect, &desc);
	if (type == TYPE_BPF && desc.a[DESC_PROG_ID])
		r->prog_id = ntohl(mnl_attr_get_u32(desc.a[DESC_PROG_ID]));
	if (type != TYPE_NFT)
		return;
	copy(r->table, sizeof(r->table), desc.a[DESC_TABLE]);
	copy(r->chain, sizeof(r->chain), desc.a[DESC_NAME]);
	if (desc.a[DESC_FAMILY])
		snprintf(r->nft_family, sizeof(r->nft_family), "%s",
			 family_name(mnl_attr_get_u8(desc.a[DESC_FAMILY])));
}

static int on_hook(const struct nlmsghdr *nlh, void *data)
{
	struct answer *a = data;
	struct attrs t = {0};
	struct hook_row *r;

	mnl_attr_parse(nlh, sizeof(struct nfgenmsg), collect, &t);
	r = add(a->hooks, a->point);
	if (!r)
		return MNL_CB_ERROR;
	if (t.a[ATTR_PRIORITY])
		r->priority = (int)ntohl(mnl_attr_get_u32(t.a[ATTR_PRIORITY]));
	copy(r->function, sizeof(r->function), t.a[ATTR_FUNCTION]);
	copy(r->module, sizeof(r->module), t.a[ATTR_MODULE]);
	if (t.a[ATTR_CHAIN_INFO])
		read_chain(r, t.a[ATTR_CHAIN_INFO]);
	return MNL_CB_OK;
}

static int ask(struct mnl_socket *s, struct hooks *h, const struct point *p, const char *dev)
{
	struct answer a = {.hooks = h, .point = p};
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, SUBSYS_HOOK << 8, NLM_F_DUMP);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	size_t before = h->n;
	int r;

	*g = (struct nfgenmsg){.nfgen_family = p->pf, .version = NFNETLINK_V0};
	mnl_attr_put_u32(nlh, ATTR_HOOKNUM, htonl(p->hook));
	if (dev)
		mnl_attr_put_strz(nlh, ATTR_DEV, dev);
	r = netlink_ask(s, nlh, on_hook, &a);
	for (size_t i = before; dev && i < h->n; i++)
		snprintf(h->rows[i].dev, sizeof(h->rows[i].dev), "%s", dev);
	return r;
}

static int from_kernel(struct hooks *h, const char *const devices[], size_t n_devices)
{
	struct mnl_socket *s = netlink_open(NETLINK_NETFILTER);
	int r = 0;

	if (!s)
		return -errno;
	for (size_t i = 0; i < N_POINTS && !r; i++) {
		if (points[i].pf == NFPROTO_NETDEV) {
			for (size_t k = 0; k < n_devices; k++)
				ask(s, h, &points[i], devices[k]);
			continue;
		}
		r = ask(s, h, &points[i], NULL);
		/* a family that this kernel was built without (-EOPNOTSUPP), or has no hooks of */
		if (points[i].pf != NFPROTO_IPV4)
			r = 0;
	}
	mnl_socket_close(s);
	return r;
}

static void add_chain(struct hooks *h, const struct fw_chain *c)
{
	for (size_t i = 0; i < N_POINTS; i++) {
		bool inet = c->family == NFPROTO_INET &&
			    (points[i].pf == NFPROTO_IPV4 || points[i].pf == NFPROTO_IPV6);
		struct hook_row *r;

		if (points[i].hook != c->hook || (!inet && points[i].pf != c->family))
			continue;
		r = add(h, &points[i]);
		if (!r)
			return;
		r->priority = c->priority;
		snprintf(r->dev, sizeof(r->dev), "%s", c->n_devices ? c->devices[0] : "");
		snprintf(r->nft_family, sizeof(r->nft_family), "%s",
			 c->legacy ? "legacy" : firewall_family(c->family));
		snprintf(r->table, sizeof(r->table), "%s", c->table);
		snprintf(r->chain, sizeof(r->chain), "%s", c->name);
	}
}

static int by_order(const void *a, const void *b)
{
	const struct hook_row *x = a, *y = b;

	if (x->station != y->station)
		return x->station < y->station ? -1 : 1;
	if (strcmp(x->family, y->family))
		return strcmp(x->family, y->family);
	return x->priority < y->priority ? -1 : x->priority > y->priority;
}

static int from_rulesets(struct hooks *h)
{
	struct firewall *f = ruleset_here();

	for (size_t i = 0; f && i < f->n_chains; i++)
		if (f->chains[i].base && !f->chains[i].dormant)
			add_chain(h, &f->chains[i]);
	if (h->n)
		qsort(h->rows, h->n, sizeof(h->rows[0]), by_order);
	firewall_free(f);
	return 0;
}

int hooks_read(struct hooks *h, const char *const devices[], size_t n_devices)
{
	*h = (struct hooks){.from_kernel = true};
	if (!from_kernel(h, devices, n_devices))
		return 0;
	hooks_free(h);
	*h = (struct hooks){0};
	return from_rulesets(h);
}

void hooks_free(struct hooks *h)
{
	free(h->rows);
	*h = (struct hooks){0};
}
