// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills the nftables of the network namespace that it runs in as a hostile user might, by raw
 * netlink: names of any bytes, rules that the kernel accepts and libnftables chokes on.
 *
 *   hostile_nft map NAME       table f, chain i at INPUT, and a verdict map of this name in a rule
 *   hostile_nft sctp           a rule about an SCTP chunk of a type that nobody knows
 *   hostile_nft random SEED N  N tables with chains and maps, all names random bytes
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static void rule_end(void)
{
	mnl_attr_nest_end(rule, exprs);
	done();
}

static void number(uint16_t attr, uint32_t v)
{
	mnl_attr_put_u32(rule, attr, htonl(v));
}

static void compare(uint8_t with)
{
	struct nlattr *value;

	expr_begin("cmp");
	number(NFTA_CMP_SREG, NFT_REG_1);
	number(NFTA_CMP_OP, NFT_CMP_EQ);
	value = mnl_attr_nest_start(rule, NFTA_CMP_DATA);
	mnl_attr_put(rule, NFTA_DATA_VALUE, 1, &with);
	mnl_attr_nest_end(rule, value);
	expr_end();
}

static int make_map(const char *in, const char *of, const char *name)
{
	begin();
	table(in);
	chain(in, of, true);
	map(in, name);
	rule_begin(in, of);
	expr_begin("payload");
	number(NFTA_PAYLOAD_DREG, NFT_REG_1);
	number(NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	number(NFTA_PAYLOAD_OFFSET, 12);
	number(NFTA_PAYLOAD_LEN, 4);
	expr_end();
	expr_begin("lookup");
	mnl_attr_put_strz(rule, NFTA_LOOKUP_SET, name);
	number(NFTA_LOOKUP_SREG, NFT_REG_1);
	number(NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
	number(NFTA_LOOKUP_SET_ID, 1);
	expr_end();
	rule_end();
	return commit();
}

static int make_sctp(void)
{
	begin();
	table("f");
	chain("f", "i", true);
	rule_begin("f", "i");
	expr_begin("meta");
	number(NFTA_META_KEY, NFT_META_L4PROTO);
	number(NFTA_META_DREG, NFT_REG_1);
	expr_end();
	compare(IPPROTO_SCTP);
	expr_begin("exthdr");
	number(NFTA_EXTHDR_DREG, NFT_REG_1);
	mnl_attr_put_u8(rule, NFTA_EXTHDR_TYPE, 77);
	number(NFTA_EXTHDR_OFFSET, 0);
	number(NFTA_EXTHDR_LEN, 1);
	number(NFTA_EXTHDR_FLAGS, 0);
	number(NFTA_EXTHDR_OP, 3); /* SCTP, which older headers lack */
	expr_end();
	compare(1);
	rule_end();
	return commit();
}

static const char *random_name(void)
{
	static char names[4][64];
	static unsigned which;
	char *s = names[which++ % 4];
	size_t n = 1 + (size_t)rand() % 40;

	for (size_t i = 0; i < n; i++)
		s[i] = (char)(1 + rand() % 255);
	s[n] = 0;
	return s;
}

int main(int argc, char **argv)
{
	int failed = 0;

	sock = mnl_socket_open(NETLINK_NETFILTER);
	if (argc < 2 || !sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID)) {
		fprintf(stderr, "hostile_nft map NAME | sctp | random SEED N\n");
		return 2;
	}
	if (!strcmp(argv[1], "map") && argc == 3) {
		failed = make_map("f", "i", argv[2]);
	} else if (!strcmp(argv[1], "sctp")) {
		failed = make_sctp();
	} else if (!strcmp(argv[1], "random") && argc == 4) {
		srand((unsigned)atoi(argv[2]));
		for (int i = atoi(argv[3]); i > 0; i--)
			failed += make_map(random_name(), random_name(), random_name()) != 0;
	}
	if (failed)
		fprintf(stderr, "hostile_nft: the kernel refused it: %s\n", strerror(failed));
	return failed != 0;
}
