/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's list of its hooks as rows. Where it keeps none, the rulesets' own words about their
 * hooks and priorities have to do.
 */
#include "causes/hooks.h"

#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/ruleset.h"
#include "util/foreign_json.h"

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

static const struct point *point_of(const char *family, const char *hook)
{
	for (size_t i = 0; family && hook && i < N_POINTS; i++)
		if (!strcmp(points[i].family, family) && !strcmp(points[i].name, hook))
			return &points[i];
	return NULL;
}

static void copy(char *ret, size_t size, const json_t *o, const char *key)
{
	const char *word = json_string_value(json_object_get(o, key));

	snprintf(ret, size, "%s", word ? word : "");
}

static void add_told(struct hooks *h, const json_t *o)
{
	const struct point *p = point_of(json_string_value(json_object_get(o, "family")),
					 json_string_value(json_object_get(o, "hook")));
	const char *dev = json_string_value(json_object_get(o, "dev"));
	struct hook_row *r = p ? add(h, p) : NULL;

	if (!r)
		return;
	r->priority = (int)json_integer_value(json_object_get(o, "priority"));
	r->prog_id = (uint32_t)json_integer_value(json_object_get(o, "prog_id"));
	if (dev)
		foreign_bytes(dev, r->dev, sizeof(r->dev));
	copy(r->function, sizeof(r->function), o, "function");
	copy(r->module, sizeof(r->module), o, "module");
	copy(r->nft_family, sizeof(r->nft_family), o, "nft_family");
	copy(r->table, sizeof(r->table), o, "table");
	copy(r->chain, sizeof(r->chain), o, "chain");
}

static void add_chain(struct hooks *h, const struct fw_chain *c, const char *family)
{
	for (size_t i = 0; i < N_POINTS; i++) {
		bool inet = c->family == NFPROTO_INET &&
			    (points[i].pf == NFPROTO_IPV4 || points[i].pf == NFPROTO_IPV6);
		struct hook_row *r;

		if (points[i].hook != c->hook || (!inet && points[i].pf != c->family))
			continue;
		if (family && strcmp(points[i].family, family))
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

static void from_rulesets(struct hooks *h, const struct firewall *f, const char *family)
{
	for (size_t i = 0; i < f->n_chains; i++)
		if (f->chains[i].base && !f->chains[i].dormant)
			add_chain(h, &f->chains[i], family);
	if (h->n)
		qsort(h->rows, h->n, sizeof(h->rows[0]), by_order);
}

void hooks_read(struct hooks *h, struct names *n, uint32_t inum, const char *family,
		const char *dev)
{
	json_t *args = json_object(), *told, *o;
	const struct ruleset *r;
	size_t i;

	if (family)
		json_object_set_new(args, "family", json_string(family));
	if (dev)
		json_object_set_new(args, "ifname", foreign_json(dev, strlen(dev)));
	told = names_ask(n, inum, HOST_ASK_hooks, args);
	*h = (struct hooks){.from_kernel = told != NULL};
	json_array_foreach(told, i, o) add_told(h, o);
	json_decref(told);
	if (h->from_kernel)
		return;
	r = ruleset_of(n, inum, 0);
	if (r)
		from_rulesets(h, r->f, family);
}

void hooks_free(struct hooks *h)
{
	free(h->rows);
	*h = (struct hooks){0};
}
