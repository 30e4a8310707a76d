/* SPDX-License-Identifier: GPL-2.0-only */
/* See conntrack_top.h. Asks ctnetlink for the table, and counts its entries by source. */
#include "host/conntrack_top.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "host/ctnetlink.h"
#include "host/inside.h"
#include "util/clock.h"

#define FRESH_NS    (5 * SECOND_NS)
#define SOURCES_MAX 65536 /* of a flood with as many senders none stands out */

struct source {
	struct {
		uint8_t family, addr[16];
	} key;
	uint32_t entries;
	UT_hash_handle hh;
};

struct kept {
	uint32_t inum;
	uint64_t at_ns;
	struct conntrack_top top;
};

static void count(struct source **all, uint8_t family, const struct nlattr *addr)
{
	struct source *s, look = {.key = {.family = family}};

	memcpy(look.key.addr, mnl_attr_get_payload(addr), family == AF_INET ? 4 : 16);
	HASH_FIND(hh, *all, &look.key, sizeof(look.key), s);
	if (!s && HASH_COUNT(*all) < SOURCES_MAX) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return;
		s->key = look.key;
		HASH_ADD(hh, *all, key, sizeof(s->key), s);
	}
	if (s)
		s->entries++;
}

/* The source of an entry's original direction lies three levels deep. */
static int on_entry(const struct nlmsghdr *nlh, void *arg)
{
	struct source **all = arg;
	const struct nlattr *entry, *tuple, *ip;

	mnl_attr_for_each(entry, nlh, sizeof(struct nfgenmsg))
	{
		if (mnl_attr_get_type(entry) != CTA_TUPLE_ORIG)
			continue;
		mnl_attr_for_each_nested(tuple, entry)
		{
			if (mnl_attr_get_type(tuple) != CTA_TUPLE_IP)
				continue;
			mnl_attr_for_each_nested(ip, tuple)
			{
				uint16_t type = mnl_attr_get_type(ip);
				uint16_t n = mnl_attr_get_payload_len(ip);

				if (type == CTA_IP_V4_SRC && n == 4)
					count(all, AF_INET, ip);
				else if (type == CTA_IP_V6_SRC && n == 16)
					count(all, AF_INET6, ip);
			}
		}
	}
	return MNL_CB_OK;
}

static int ask(void *arg)
{
	struct conntrack_top *top = arg;
	struct source *all = NULL, *s, *tmp, *most = NULL;

	ctnetlink_get(NULL, on_entry, &all);
	HASH_ITER(hh, all, s, tmp)
	if (!most || s->entries > most->entries)
		most = s;
	if (most) {
		inet_ntop(most->key.family, most->key.addr, top->source, sizeof(top->source));
		top->entries = most->entries;
	}
	HASH_ITER(hh, all, s, tmp)
	{
		HASH_DEL(all, s);
		free(s);
	}
	return 0;
}

const struct host_row conntrack_top_row = {ask, sizeof(struct conntrack_top), HOST_NETLINK, false};

const struct conntrack_top *conntrack_top(struct names *n, uint32_t inum)
{
	static const struct conntrack_top unknown;
	struct kept *k = names_kept(n, KEEPS_CONNTRACK_TOP, sizeof(*k), NULL);
	uint64_t now = clock_now_ns();

	if (!k)
		return &unknown;
	if (k->inum == inum && now - k->at_ns <= FRESH_NS)
		return &k->top;
	*k = (struct kept){.inum = inum, .at_ns = now};
	names_inside(n, inum, ask, &k->top);
	return &k->top;
}
