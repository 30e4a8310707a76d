// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills the network namespace that it runs in as a hostile user might, by raw netlink: names of any
 * bytes, rules that the kernel accepts and libnftables chokes on.
 *
 *   hostile_nft map NAME       table f, chain i at INPUT, and a verdict map of this name in a rule
 *   hostile_nft sctp           a rule about an SCTP chunk of a type that nobody knows
 *   hostile_nft random SEED N  N tables with chains and maps, all names random bytes
 *   hostile_nft devices SEED N N devices whose names and aliases are random bytes, up, with
 *                              10.99.x.1/24
 */
#include <linux/rtnetlink.h>
#include <linux/if_link.h>

#include "hostile.h"

static void rule_end(void)
{
	mnl_attr_nest_end(rule, exprs);
	done();
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
	return random_text(rand() % 2 ? 40 : 250);
}

/* --- devices --- */

/* What the kernel takes for a device's name: no slash, colon or white space. */
static const char *device_name(size_t longest)
{
	char *s = random_text(longest);

	for (char *p = s; *p; p++)
		if (strchr("/: \t\n\v\f\r\240", *p))
			*p = 'x';
	return s;
}

static int ask_route(struct nlmsghdr *h)
{
	char buf[8192];
	ssize_t n;

	h->nlmsg_seq = ++seq;
	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (mnl_socket_sendto(sock, h, h->nlmsg_len) < 0)
		return errno;
	n = mnl_socket_recvfrom(sock, buf, sizeof(buf));
	return mnl_cb_run(buf, (size_t)(n < 0 ? 0 : n), seq, 0, NULL, NULL) < 0 ? errno : 0;
}

static int make_device(int i, uint32_t index)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(h, sizeof(*link));
	uint8_t addr[4] = {10, 99, (uint8_t)i, 1};
	struct ifaddrmsg *to;
	struct nlattr *info;

	h->nlmsg_type = RTM_NEWLINK;
	h->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	link->ifi_index = (int)index;
	link->ifi_flags = link->ifi_change = 1; /* up */
	mnl_attr_put_strz(h, IFLA_IFNAME, device_name(15));
	mnl_attr_put_strz(h, IFLA_IFALIAS, random_text(200));
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "bridge");
	mnl_attr_nest_end(h, info);
	if (ask_route(h))
		return errno;
	h = mnl_nlmsg_put_header(room);
	h->nlmsg_type = RTM_NEWADDR;
	h->nlmsg_flags = NLM_F_CREATE;
	to = mnl_nlmsg_put_extra_header(h, sizeof(*to));
	*to = (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = index};
	mnl_attr_put(h, IFA_LOCAL, 4, addr);
	mnl_attr_put(h, IFA_ADDRESS, 4, addr);
	return ask_route(h);
}

static int make_devices(int n)
{
	int made = 0;

	mnl_socket_close(sock);
	sock = mnl_socket_open(NETLINK_ROUTE);
	if (!sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID))
		return errno;
	for (int i = 0; i < n; i++)
		made += make_device(i, (uint32_t)(1000 + i)) == 0;
	return made ? 0 : EOPNOTSUPP;
}

int main(int argc, char **argv)
{
	int failed = 0, made = 0;

	sock = mnl_socket_open(NETLINK_NETFILTER);
	if (argc < 2 || !sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID)) {
		fprintf(stderr, "hostile_nft map NAME | sctp | random or devices SEED N\n");
		return 2;
	}
	if (!strcmp(argv[1], "map") && argc == 3) {
		failed = make_map("f", "i", argv[2]);
	} else if (!strcmp(argv[1], "sctp")) {
		failed = make_sctp();
	} else if (!strcmp(argv[1], "random") && argc == 4) {
		srand((unsigned)atoi(argv[2]));
		for (int i = atoi(argv[3]); i > 0; i--)
			made += make_map(random_name(), random_name(), random_name()) == 0;
		failed = made ? 0 : ENOSPC; /* two of the same name are one */
	} else if (!strcmp(argv[1], "devices") && argc == 4) {
		srand((unsigned)atoi(argv[2]));
		failed = make_devices(atoi(argv[3]));
	}
	if (failed)
		fprintf(stderr, "hostile_nft: the kernel refused it: %s\n", strerror(failed));
	return failed != 0;
}
