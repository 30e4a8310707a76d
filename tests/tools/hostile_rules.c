// SPDX-License-Identifier: GPL-2.0-only
/*
 *   hostile_rules SEED N   table f, chain i at INPUT, with N rules of random expressions that the
 *                          kernel accepts, and comments of any bytes
 *
 * A rule is one that was accepted before, and one more expression: most are refused.
 */
#include <endian.h>

#include "hostile.h"

#define LONGEST	 900 /* bytes of expressions that are gone on from */
#define ACCEPTED 256

static struct {
	char bytes[LONGEST];
	size_t n;
} accepted[ACCEPTED];
static size_t n_accepted;

/* A row: an expression and its attributes, each "number kind below": r register, b h w q a number
 * of 1, 2, 4, 8 bytes, d a constant, v a verdict, s a set, t any bytes; with ? only sometimes. */
static const char *const expressions[] = {
	"meta 2w40 1r",
	"meta 2w40 1r",
	"payload 1r 2w4 3w60 4w17",
	"payload 1r 2w4 3w60 4w17",
	"ct 2w26 1r 3b2?",
	"exthdr 1r 2b256 3w9 4w9 5w2 6w5",
	"fib 1r 2w4 3w34",
	"rt 1r 2w5",
	"numgen 1r 2w100 3w2 4w3",
	"hash 2r 4w64 7w2",
	"socket 1w4 2r 3w3",
	"xfrm 1r 2w7 3b2 4w3",
	"immediate 1r 2d",
	"cmp 1r 2w6 3d",
	"cmp 1r 2w6 3d",
	"cmp 1r 2w6 3d",
	"bitwise 1r 2r 3w17 4d 5d",
	"byteorder 1r 2r 3w2 4w17 5w9",
	"lookup 1s 2r",
	"counter",
	"quota 1q9 2w2",
	"last",
	"limit 1q999 2q61 3w99 4w2 5w2",
	"log 2t?",
	"reject 1w3 2b14",
	"dynset 1s 3w3 4r",
	"queue 1h99 2h9 3h4",
	"masq",
	"redir 1r?",
	"tproxy 1w3 2r? 3r?",
	"dup 1r",
	"nat 1w2 2w11 3r?",
	"objref 1w9 2t",
	"synproxy 1h1500 2b16 3w16",
	"meta 2w40 3r",
	"payload 5r 2w3 3w20 4w17 6w2 7w17",
	"tunnel 1w2 2r 3w3",
	"osf 1r 2b3 3w2",
	"match 1t 2w9 3t",
	"target 1t 2w9 3t",
};

static void put_data(uint16_t attr)
{
	struct nlattr *value = mnl_attr_nest_start(rule, attr);
	uint8_t bytes[16];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(rand() % 3 ? rand() : 0);
	mnl_attr_put(rule, NFTA_DATA_VALUE, rand() % 3 ? 4 : 1 + (size_t)rand() % 16, bytes);
	mnl_attr_nest_end(rule, value);
}

static void put_attribute(uint16_t attr, char kind, unsigned below)
{
	static const uint32_t registers[] = {1, 1, 1, 2, 3, 8, 9, 10};
	uint64_t v = below ? (unsigned)rand() % below : 0;

	switch (kind) {
	case 'r':
		number(attr, registers[(size_t)rand() % 8]);
		break;
	case 'b':
		mnl_attr_put_u8(rule, attr, (uint8_t)v);
		break;
	case 'h':
		mnl_attr_put_u16(rule, attr, htons((uint16_t)v));
		break;
	case 'w':
		number(attr, (uint32_t)v);
		break;
	case 'q':
		mnl_attr_put_u64(rule, attr, htobe64(v));
		break;
	case 'd':
		put_data(attr);
		break;
	case 's':
		mnl_attr_put_strz(rule, attr, "s");
		break;
	case 't':
		mnl_attr_put_strz(rule, attr, random_text(60));
		break;
	}
}

static void put_expression(const char *row)
{
	char name[16];
	int at = 0;

	sscanf(row, "%15s%n", name, &at);
	expr_begin(name);
	for (row += at; *row;) {
		unsigned attr = 0, below = 0;
		char kind = 0, maybe = 0;

		if (sscanf(row, " %u%c%n", &attr, &kind, &at) < 2)
			break;
		row += at;
		if (sscanf(row, "%u%n", &below, &at) == 1)
			row += at;
		if (*row == '?')
			maybe = *row++;
		if (!maybe || rand() % 2)
			put_attribute((uint16_t)attr, kind, below);
	}
	expr_end();
}

static void put_verdict(void)
{
	static const int32_t codes[] = {0, 1, -1, -3, -5};
	struct nlattr *value, *verdict;

	expr_begin("immediate");
	number(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = mnl_attr_nest_start(rule, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(rule, NFTA_DATA_VERDICT);
	number(NFTA_VERDICT_CODE, (uint32_t)codes[(size_t)rand() % 5]);
	if (rand() % 2)
		mnl_attr_put_strz(rule, NFTA_VERDICT_CHAIN, "j");
	mnl_attr_nest_end(rule, verdict);
	mnl_attr_nest_end(rule, value);
	expr_end();
}

static void go_on_from(size_t i)
{
	memcpy(mnl_nlmsg_get_payload_tail(rule), accepted[i].bytes, accepted[i].n);
	rule->nlmsg_len += (uint32_t)accepted[i].n;
}

static int make_rule(void)
{
	const char *comment = random_text(100);
	char user[104] = {0, (char)(strlen(comment) + 1)}, own[LONGEST];
	bool ends = rand() % 4 == 0;
	size_t n;
	int r;

	memcpy(user + 2, comment, strlen(comment) + 1);
	begin();
	rule_begin("f", rand() % 4 ? "i" : "j");
	if (n_accepted && rand() % 5)
		go_on_from((size_t)rand() % n_accepted);
	if (ends)
		put_verdict();
	else
		put_expression(expressions[(size_t)rand() %
					   (sizeof(expressions) / sizeof(expressions[0]))]);
	mnl_attr_nest_end(rule, exprs);
	n = mnl_attr_get_payload_len(exprs);
	if (n <= sizeof(own))
		memcpy(own, mnl_attr_get_payload(exprs), n);
	if (rand() % 3 == 0)
		mnl_attr_put(rule, NFTA_RULE_USERDATA, strlen(comment) + 3, user);
	done();
	r = commit();
	if (!r && !ends && n <= sizeof(own)) {
		size_t i = n_accepted < ACCEPTED ? n_accepted++ : (size_t)rand() % ACCEPTED;

		memcpy(accepted[i].bytes, own, n);
		accepted[i].n = n;
	}
	return r;
}

int main(int argc, char **argv)
{
	int n = argc == 3 ? atoi(argv[2]) : 0, left = n, tries = 50 * n;

	sock = mnl_socket_open(NETLINK_NETFILTER);
	if (!n || !sock || mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID)) {
		fprintf(stderr, "hostile_rules SEED N\n");
		return 2;
	}
	srand((unsigned)atoi(argv[1]));
	begin();
	table("f");
	chain("f", "i", true);
	chain("f", "j", false);
	map("f", "s");
	if (commit())
		return 1;
	for (; left && tries; tries--)
		left -= make_rule() == 0;
	printf("%d of %d tries were accepted\n", n - left, 50 * n - tries);
	return left != 0;
}
