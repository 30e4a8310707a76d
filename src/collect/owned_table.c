/* SPDX-License-Identifier: GPL-2.0-only */
/* See owned_table.h. One batch: the kernel takes all of it or nothing. */
#include "collect/owned_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/netlink.h"
#include "waybill/hooks.h"

#define CHAIN	   "input"
#define BATCH_MAX  8192
#define ANSWER_MAX 32768
#define N_MESSAGES 3 /* a family: each is answered */

static struct nlmsghdr *put(struct mnl_nlmsg_batch *b, uint16_t type, uint16_t flags,
			    uint8_t family)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(mnl_nlmsg_batch_current(b));
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	g->nfgen_family = family;
	g->version = NFNETLINK_V0;
	g->res_id = htons(type < NLMSG_MIN_TYPE + 2 ? NFNL_SUBSYS_NFTABLES : 0);
	return h;
}

static struct nlmsghdr *put_nft(struct mnl_nlmsg_batch *b, uint16_t what, uint8_t family)
{
	return put(b, NFNL_SUBSYS_NFTABLES << 8 | what, NLM_F_CREATE | NLM_F_ACK, family);
}

static void put_table(struct mnl_nlmsg_batch *b, uint8_t family, const char *name)
{
	struct nlmsghdr *h = put_nft(b, NFT_MSG_NEWTABLE, family);

	mnl_attr_put_strz(h, NFTA_TABLE_NAME, name);
	mnl_attr_put_u32(h, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_OWNER));
	mnl_nlmsg_batch_next(b);
}

static void put_chain(struct mnl_nlmsg_batch *b, uint8_t family, const char *table)
{
	struct nlmsghdr *h = put_nft(b, NFT_MSG_NEWCHAIN, family);
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, CHAIN);
	mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(NF_INET_LOCAL_IN));
	mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, htonl(NF_LAST));
	mnl_attr_nest_end(h, hook);
	mnl_nlmsg_batch_next(b);
}

static void put_condition(struct nlmsghdr *h, int prog_fd)
{
	static struct xt_bpf_info_v1 info; /* the filter in it is the kernel's to fill in */
	struct nlattr *e = mnl_attr_nest_start(h, NFTA_LIST_ELEM), *data;

	info.mode = XT_BPF_MODE_FD_ELF;
	info.fd = prog_fd;
	mnl_attr_put_strz(h, NFTA_EXPR_NAME, "match");
	data = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	mnl_attr_put_strz(h, NFTA_MATCH_NAME, "bpf");
	mnl_attr_put_u32(h, NFTA_MATCH_REV, htonl(1));
	mnl_attr_put(h, NFTA_MATCH_INFO, sizeof(info), &info);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, e);
}

static void put_drop(struct nlmsghdr *h)
{
	struct nlattr *e = mnl_attr_nest_start(h, NFTA_LIST_ELEM), *expr, *data, *verdict;

	mnl_attr_put_strz(h, NFTA_EXPR_NAME, "immediate");
	expr = mnl_attr_nest_start(h, NFTA_EXPR_DATA);
	mnl_attr_put_u32(h, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	data = mnl_attr_nest_start(h, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(h, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(h, NFTA_VERDICT_CODE, htonl(NF_DROP));
	mnl_attr_nest_end(h, verdict);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, expr);
	mnl_attr_nest_end(h, e);
}

static void put_rule(struct mnl_nlmsg_batch *b, uint8_t family, const char *table, int prog_fd)
{
	struct nlmsghdr *h = put_nft(b, NFT_MSG_NEWRULE, family);
	struct nlattr *all;

	h->nlmsg_flags |= NLM_F_APPEND;
	mnl_attr_put_strz(h, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(h, NFTA_RULE_CHAIN, CHAIN);
	all = mnl_attr_nest_start(h, NFTA_RULE_EXPRESSIONS);
	put_condition(h, prog_fd);
	put_drop(h);
	mnl_attr_nest_end(h, all);
	mnl_nlmsg_batch_next(b);
}

/* Its answers lie there when the batch has been sent. 0 or the first error. */
static int read_answers(struct mnl_socket *s, int n_expected)
{
	static _Alignas(struct nlmsghdr) char buf[ANSWER_MAX];
	struct sockaddr_nl from;
	int n = 0;

	while (n < n_expected) {
		socklen_t len = sizeof(from);
		ssize_t got = recvfrom(mnl_socket_get_fd(s), buf, sizeof(buf), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &len);
		int left = (int)got;

		if (got < 0)
			return errno == EAGAIN ? -EIO : -errno;
		for (const struct nlmsghdr *h = (const void *)buf;
		     len == sizeof(from) && !from.nl_pid && mnl_nlmsg_ok(h, left);
		     h = mnl_nlmsg_next(h, &left)) {
			const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

			if (h->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error)
				return e->error;
			n++;
		}
	}
	return 0;
}

int owned_table_drop(int prog_fd)
{
	static const uint8_t families[] = {NFPROTO_IPV4, NFPROTO_IPV6};
	char *room = calloc(2, BATCH_MAX), name[32];
	struct mnl_socket *s = netlink_open(NETLINK_NETFILTER);
	struct mnl_nlmsg_batch *b = room ? mnl_nlmsg_batch_start(room, BATCH_MAX) : NULL;
	int r = s && b ? 0 : -ENOMEM, fd;

	if (!r) {
		snprintf(name, sizeof(name), "waybill-send-%u", mnl_socket_get_portid(s));
		put(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC);
		mnl_nlmsg_batch_next(b);
		for (size_t i = 0; i < sizeof(families); i++) {
			put_table(b, families[i], name);
			put_chain(b, families[i], name);
			put_rule(b, families[i], name, prog_fd);
		}
		put(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC);
		mnl_nlmsg_batch_next(b);
		if (mnl_socket_sendto(s, mnl_nlmsg_batch_head(b), mnl_nlmsg_batch_size(b)) < 0)
			r = -errno;
	}
	if (!r)
		r = read_answers(s, N_MESSAGES * (int)sizeof(families));
	/* the tables belong to the socket, so a copy of its descriptor is all that is kept */
	fd = r ? r : fcntl(mnl_socket_get_fd(s), F_DUPFD_CLOEXEC, 0);
	if (fd < 0 && !r)
		fd = -errno;
	if (s)
		mnl_socket_close(s);
	if (b)
		mnl_nlmsg_batch_stop(b);
	free(room);
	return fd;
}
