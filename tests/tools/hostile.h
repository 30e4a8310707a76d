/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hostile messages to the kernel, by raw netlink: a batch of nftables' and what it says of it, and
 * texts of any bytes. What is made of them is in hostile_nft.c and hostile_rules.c.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char room[1 << 16];
static struct mnl_nlmsg_batch *batch;
static struct mnl_socket *sock;
static uint32_t seq;

static struct nlmsghdr *put(uint16_t type, uint16_t flags, uint8_t family, uint16_t res)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(mnl_nlmsg_batch_current(batch));
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(h, sizeof(*g));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++seq;
	*g = (struct nfgenmsg){.nfgen_family = family, .res_id = htons(res)};
	return h;
}

static struct nlmsghdr *nft(uint16_t type)
{
	return put(NFNL_SUBSYS_NFTABLES << 8 | type, NLM_F_CREATE | NLM_F_ACK, NFPROTO_IPV4, 0);
}

static void done(void)
{
	mnl_nlmsg_batch_next(batch);
}

static void begin(void)
{
	batch = mnl_nlmsg_batch_start(room, sizeof(room) / 2);
	put(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	done();
}

/* 0, or the first error that the kernel told. */
static int commit(void)
{
	char buf[8192];
	int error = 0;
	ssize_t n;

	put(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	done();
	if (mnl_socket_sendto(sock, mnl_nlmsg_batch_head(batch), mnl_nlmsg_batch_size(batch)) < 0)
		return errno;
	mnl_nlmsg_batch_stop(batch);
	while ((n = recv(mnl_socket_get_fd(sock), buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		for (struct nlmsghdr *h = (void *)buf; mnl_nlmsg_ok(h, n);
		     h = mnl_nlmsg_next(h, (int *)&n))
			if (h->nlmsg_type == NLMSG_ERROR && !error)
				error = -((struct nlmsgerr *)mnl_nlmsg_get_payload(h))->error;
	return error;
}

static void table(const char *name)
{
	mnl_attr_put_strz(nft(NFT_MSG_NEWTABLE), NFTA_TABLE_NAME, name);
	done();
}

static void chain(const char *in, const char *name, bool base)
{
	struct nlmsghdr *h = nft(NFT_MSG_NEWCHAIN);
	struct nlattr *hook;

	mnl_attr_put_strz(h, NFTA_CHAIN_TABLE, in);
	mnl_attr_put_strz(h, NFTA_CHAIN_NAME, name);
	if (base) {
		hook = mnl_attr_nest_start(h, NFTA_CHAIN_HOOK);
		mnl_attr_put_u32(h, NFTA_HOOK_HOOKNUM, htonl(NF_INET_LOCAL_IN));
		mnl_attr_put_u32(h, NFTA_HOOK_PRIORITY, 0);
		mnl_attr_nest_end(h, hook);
		mnl_attr_put_strz(h, NFTA_CHAIN_TYPE, "filter");
	}
	done();
}

static void map(const char *in, const char *name)
{
	struct nlmsghdr *h = nft(NFT_MSG_NEWSET);

	mnl_attr_put_strz(h, NFTA_SET_TABLE, in);
	mnl_attr_put_strz(h, NFTA_SET_NAME, name);
	mnl_attr_put_u32(h, NFTA_SET_FLAGS, htonl(NFT_SET_MAP));
	mnl_attr_put_u32(h, NFTA_SET_KEY_TYPE, htonl(7)); /* ipv4_addr, as nft numbers it */
	mnl_attr_put_u32(h, NFTA_SET_KEY_LEN, htonl(4));
	mnl_attr_put_u32(h, NFTA_SET_DATA_TYPE, htonl(NFT_DATA_VERDICT));
	mnl_attr_put_u32(h, NFTA_SET_ID, htonl(1));
	done();
}

static struct nlmsghdr *rule;
static struct nlattr *exprs, *expr, *data;

static void rule_begin(const char *in, const char *of)
{
	rule = nft(NFT_MSG_NEWRULE);
	rule->nlmsg_flags |= NLM_F_APPEND;
	mnl_attr_put_strz(rule, NFTA_RULE_TABLE, in);
	mnl_attr_put_strz(rule, NFTA_RULE_CHAIN, of);
	exprs = mnl_attr_nest_start(rule, NFTA_RULE_EXPRESSIONS);
}

static void expr_begin(const char *name)
{
	expr = mnl_attr_nest_start(rule, NFTA_LIST_ELEM);
	mnl_attr_put_strz(rule, NFTA_EXPR_NAME, name);
	data = mnl_attr_nest_start(rule, NFTA_EXPR_DATA);
}

static void expr_end(void)
{
	mnl_attr_nest_end(rule, data);
	mnl_attr_nest_end(rule, expr);
}

static void number(uint16_t attr, uint32_t v)
{
	mnl_attr_put_u32(rule, attr, htonl(v));
}

/* What a shell, a terminal, nft, JSON, HTML or Prometheus takes for more than text. */
static const char *const meanings[] = {
	"$(touch pwned)",
	"`id`",
	";reboot;",
	"\nadd table ip pwned\n",
	"include \"/etc/passwd\"",
	"\033[2J",
	"\233",
	"\342\200\256",
	"</pre><script>",
	"\"}\n# TYPE x",
	"%s%n",
	"\\",
	"../..",
	"\377",
};

static char *random_text(size_t longest)
{
	static char texts[4][256];
	static unsigned which;
	char *s = texts[which++ % 4];
	size_t n = 1 + (size_t)rand() % longest, i = 0;

	if (rand() % 3 == 0) {
		const char *m = meanings[(size_t)rand() % (sizeof(meanings) / sizeof(meanings[0]))];

		for (; i < n && m[i]; i++)
			s[i] = m[i];
	}
	for (; i < n; i++)
		s[i] = (char)(1 + rand() % 255);
	s[n] = 0;
	return s;
}

#endif
