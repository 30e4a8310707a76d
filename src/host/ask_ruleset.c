/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nf_tables' tables, chains, rules and sets with their elements, as the kernel's messages. Nothing
 * in them is understood here but the names of the sets, whose elements are asked for one by one.
 */
#include "host/ask_ruleset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "util/hex.h"
#include "util/netlink.h"

#define RULES_MAX    (24U << 20) /* bytes of one kind of messages */
#define ELEMENTS_MAX (24U << 20) /* bytes of all sets' elements */
#define TRIES	     4

/* A name may be as long as 255 bytes, and two stand in one request. */
struct room {
	_Alignas(struct nlmsghdr) char bytes[1024];
};

struct run {
	uint8_t *bytes;
	size_t n, room, max;
	bool over;
};

static int collect(const struct nlmsghdr *h, void *arg)
{
	struct run *r = arg;
	size_t n = NLMSG_ALIGN(h->nlmsg_len);

	if (r->n + n > r->max) {
		r->over = true;
		errno = EFBIG;
		return MNL_CB_ERROR;
	}
	if (r->n + n > r->room) {
		size_t more = r->room ? 2 * r->room + n : 32768 + n;
		uint8_t *bytes = realloc(r->bytes, more);

		if (!bytes) {
			errno = ENOMEM;
			return MNL_CB_ERROR;
		}
		r->bytes = bytes;
		r->room = more;
	}
	memset(r->bytes + r->n, 0, n);
	memcpy(r->bytes + r->n, h, h->nlmsg_len);
	r->n += n;
	return MNL_CB_OK;
}

static struct nlmsghdr *request(struct room *room, uint16_t message, uint16_t flags, uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room->bytes);
	struct nfgenmsg *g;

	h->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | message;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = 1;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	g->res_id = 0;
	return h;
}

static int read_generation(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct nfgenmsg)) if (mnl_attr_get_type(a) == NFTA_GEN_ID &&
							     mnl_attr_get_payload_len(a) == 4) *
		(uint32_t *)arg = ntohl(mnl_attr_get_u32(a));
	return MNL_CB_OK;
}

/* 0: the kernel has no nf_tables. */
static int generation(struct mnl_socket *s, uint32_t *ret)
{
	struct room room;
	int r;

	*ret = 0;
	r = netlink_ask(s, request(&room, NFT_MSG_GETGEN, 0, AF_UNSPEC), read_generation, ret);
	return r == -EINVAL || r == -EOPNOTSUPP ? 0 : r;
}

static json_t *to_json(const struct run *r)
{
	char *hex = hex_new(r->bytes, r->n);
	json_t *j = hex ? json_string_nocheck(hex) : NULL;

	free(hex);
	return j;
}

static int dump(struct mnl_socket *s, uint16_t message, struct run *r)
{
	struct room room;

	return netlink_ask(s, request(&room, message, NLM_F_DUMP, AF_UNSPEC), collect, r);
}

/* The elements of one set, whose message names it. */
static int dump_elements(struct mnl_socket *s, const struct nlmsghdr *set, struct run *r)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(set);
	struct room room;
	struct nlmsghdr *h = request(&room, NFT_MSG_GETSETELEM, NLM_F_DUMP, g->nfgen_family);
	const struct nlattr *a;

	mnl_attr_for_each(a, set, sizeof(*g))
	{
		uint16_t type = mnl_attr_get_type(a), to = 0, n = mnl_attr_get_payload_len(a);

		if (type == NFTA_SET_TABLE)
			to = NFTA_SET_ELEM_LIST_TABLE;
		else if (type == NFTA_SET_NAME)
			to = NFTA_SET_ELEM_LIST_SET;
		if (to && n <= NFT_NAME_MAXLEN)
			mnl_attr_put(h, to, n, mnl_attr_get_payload(a));
	}
	return netlink_ask(s, h, collect, r);
}

static json_t *elements_of(struct mnl_socket *s, const struct run *sets, json_t *answer)
{
	struct run r = {.max = ELEMENTS_MAX};
	const struct nlmsghdr *h = (const void *)sets->bytes;
	json_t *all = json_array();
	int left = sets->n;

	for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
		int e;

		r.n = 0;
		e = dump_elements(s, h, &r);
		if (e == -EINTR) {
			json_decref(all);
			free(r.bytes);
			return NULL;
		}
		if (r.over)
			json_object_set_new(answer, "over", json_string("elements of sets"));
		json_array_append_new(all, e ? json_null() : to_json(&r));
		r.max -= e ? 0 : r.n;
		r.over = false;
	}
	free(r.bytes);
	return all;
}

static const struct {
	const char *key;
	uint16_t message;
} parts[] = {{"tables", NFT_MSG_GETTABLE},
	     {"chains", NFT_MSG_GETCHAIN},
	     {"rules", NFT_MSG_GETRULE},
	     {"sets", NFT_MSG_GETSET}};

/* -EINTR: the ruleset changed meanwhile. */
static int dump_all(struct mnl_socket *s, json_t *answer)
{
	json_t *elements;
	int e;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct run r = {.max = RULES_MAX};

		e = dump(s, parts[i].message, &r);
		if (!e)
			json_object_set_new(answer, parts[i].key, to_json(&r));
		if (r.over)
			json_object_set_new(answer, "over", json_string(parts[i].key));
		if (!e && parts[i].message == NFT_MSG_GETSET) {
			elements = elements_of(s, &r, answer);
			e = elements ? 0 : -EINTR;
			json_object_set_new(answer, "elements", elements);
		}
		free(r.bytes);
		if (e == -EINTR)
			return e;
	}
	return 0;
}

static json_t *no_rules(void)
{
	json_t *answer = json_pack("{s:i}", "generation", 0);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		json_object_set_new(answer, parts[i].key, json_string(""));
	json_object_set_new(answer, "elements", json_array());
	return answer;
}

int host_ask_ruleset(const json_t *args, json_t **ret)
{
	struct mnl_socket *s = netlink_open(NETLINK_NETFILTER);
	uint32_t before = 0, after = 0;
	int e = s ? -EINTR : -errno;

	(void)args;
	*ret = NULL;
	for (int i = 0; i < TRIES && e == -EINTR; i++) {
		e = generation(s, &before);
		if (e)
			break;
		if (!before) {
			*ret = no_rules();
			break;
		}
		json_decref(*ret);
		*ret = json_pack("{s:I}", "generation", (json_int_t)before);
		e = dump_all(s, *ret);
		if (!e)
			e = generation(s, &after);
		if (!e && after != before)
			e = -EINTR;
	}
	if (s)
		mnl_socket_close(s);
	if (!e)
		return 0;
	json_decref(*ret);
	*ret = NULL;
	return e;
}
