/* SPDX-License-Identifier: GPL-2.0-only */
/* See ground_sets.h. Sets that no rule adds to are left out: they don't change by a packet. */
#include "send/ground_sets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/netlink.h"

#define SETS_MAX 64 /* whose elements are counted, before and after each packet */

/* A request that names a table and a set. */
struct long_room {
	struct netlink_room room;
	char more[2 * GROUND_NAME_MAX];
};

static struct nlmsghdr *request(struct long_room *l, uint16_t message, uint8_t family)
{
	struct nlmsghdr *h =
		netlink_request(&l->room, NFNL_SUBSYS_NFTABLES << 8 | message, NLM_F_DUMP);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	return h;
}

static void put_name(char *to, const struct nlattr *a)
{
	snprintf(to, GROUND_NAME_MAX, "%.*s", (int)mnl_attr_get_payload_len(a),
		 (const char *)mnl_attr_get_payload(a));
}

static int on_set(const struct nlmsghdr *h, void *arg)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(h);
	struct ground_set set = {.family = g->nfgen_family};
	struct ground_sets *all = arg;
	struct ground_set *more;
	const struct nlattr *a;
	uint32_t flags = 0;

	mnl_attr_for_each(a, h, sizeof(*g))
	{
		uint16_t type = mnl_attr_get_type(a);

		if (type == NFTA_SET_TABLE)
			put_name(set.table, a);
		else if (type == NFTA_SET_NAME)
			put_name(set.name, a);
		else if (type == NFTA_SET_FLAGS && mnl_attr_get_payload_len(a) == sizeof(flags))
			flags = ntohl(mnl_attr_get_u32(a));
	}
	if (!(flags & NFT_SET_EVAL))
		return MNL_CB_OK;
	if (all->n == SETS_MAX) {
		all->n_more++;
		return MNL_CB_OK;
	}
	more = realloc(all->rows, (all->n + 1) * sizeof(*more));
	if (!more)
		return MNL_CB_OK;
	all->rows = more;
	more[all->n++] = set;
	return MNL_CB_OK;
}

static int on_elements(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a, *element;
	uint32_t *n = arg;

	mnl_attr_for_each(a, h, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(a) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		mnl_attr_for_each_nested(element, a) ++*n;
	}
	return MNL_CB_OK;
}

int ground_sets_read(struct mnl_socket *s, struct ground_sets *ret)
{
	struct long_room l;
	int r;

	*ret = (struct ground_sets){0};
	r = netlink_ask(s, request(&l, NFT_MSG_GETSET, AF_UNSPEC), on_set, ret);
	if (r == -EINVAL || r == -EOPNOTSUPP)
		return 0;
	for (size_t i = 0; i < ret->n && !r; i++) {
		struct ground_set *set = &ret->rows[i];
		struct nlmsghdr *h = request(&l, NFT_MSG_GETSETELEM, set->family);

		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_TABLE, set->table);
		mnl_attr_put_strz(h, NFTA_SET_ELEM_LIST_SET, set->name);
		r = netlink_ask(s, h, on_elements, &set->n);
	}
	return r;
}

static uint32_t elements_of(const struct ground_sets *all, const struct ground_set *like)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->rows[i].family == like->family &&
		    !strcmp(all->rows[i].table, like->table) &&
		    !strcmp(all->rows[i].name, like->name))
			return all->rows[i].n;
	return 0;
}

const struct ground_set *ground_sets_grown(const struct ground_sets *before,
					   const struct ground_sets *after)
{
	for (size_t i = 0; i < after->n; i++)
		if (after->rows[i].n > elements_of(before, &after->rows[i]))
			return &after->rows[i];
	return NULL;
}

void ground_sets_clear(struct ground_sets *sets)
{
	free(sets->rows);
	*sets = (struct ground_sets){0};
}
