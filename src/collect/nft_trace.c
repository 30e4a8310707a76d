/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table and the listener of --nft-trace. The table has the owner flag (5.12 and later), so it
 * belongs to the netlink socket of its nft context: the context is kept open as long as the table
 * is wanted. What the messages mean for a journey is not known here.
 */
#include "collect/nft_trace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/text.h"

#define PRIORITY   (-1000) /* before defragmentation and everybody's rules */
#define RCVBUF	   (8 << 20)
#define READS_MAX  1024 /* messages at once, so that a flood doesn't keep the rings waiting */
#define KNOWN_IDS  256
#define IPV6_LEN   40
#define L4_LEN_MIN 8

struct known { /* headers come with the first message of each base chain only */
	uint32_t id;
	struct wb_packet packet;
};

struct nft_trace {
	struct nft_ctx *nft; /* its socket owns the table */
	struct mnl_socket *socket;
	uint32_t netns;
	struct known known[KNOWN_IDS];
	nft_trace_fn fn;
	void *arg;
};

/* --- the table --- */

static void put_chain(struct text *t, const char *hook, char *const *matches, size_t n)
{
	text_printf(t, "chain %s {\ntype filter hook %s priority %d; policy accept;\n", hook, hook,
		    PRIORITY);
	for (size_t i = 0; i < n; i++)
		text_printf(t, "%s meta nftrace set 1\n", matches[i]);
	text_printf(t, "}\n");
}

static int make_table(struct nft_trace *t, const char *family, char *const *matches, size_t n,
		      char *err, size_t size)
{
	const char *why;
	struct text s = {0};
	int r;

	text_printf(&s, "table %s waybill_%d {\nflags owner\n", family, getpid());
	put_chain(&s, "prerouting", matches, n);
	put_chain(&s, "output", matches, n);
	text_printf(&s, "}\n");
	r = s.s ? nft_run_cmd_from_buffer(t->nft, s.s) : -1;
	text_free(&s);
	if (!r)
		return 0;
	why = nft_ctx_get_error_buffer(t->nft);
	why += strspn(why, "\n");
	snprintf(err, size, "--nft-trace: nftables refuses the table (kernel 5.12 or later): %.*s",
		 (int)strcspn(why, "\n"), why);
	return -EOPNOTSUPP;
}

static int open_socket(struct nft_trace *t)
{
	int size = RCVBUF, group = NFNLGRP_NFTRACE;

	t->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!t->socket)
		return -errno;
	/* without the right to it the default has to do; what is lost is counted */
	setsockopt(mnl_socket_get_fd(t->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (mnl_socket_bind(t->socket, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(t->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

/* libnftables waits by select(), which ends the process for a higher number. */
static bool has_room(const struct nft_trace *t)
{
	int next = dup(mnl_socket_get_fd(t->socket));

	if (next < 0)
		return false;
	close(next);
	return next < FD_SETSIZE;
}

int nft_trace_new(struct nft_trace **ret, uint32_t netns, char *const *matches, size_t n_matches,
		  char *err, size_t size)
{
	static char any[1];
	char *const all[] = {any};
	struct nft_trace *t = calloc(1, sizeof(*t));
	char ignored[8];
	int r;

	if (!t)
		return -ENOMEM;
	t->netns = netns;
	r = open_socket(t);
	if (r) {
		snprintf(err, size, "--nft-trace: its listener can't be opened: %s", strerror(-r));
		goto fail;
	}
	if (!has_room(t)) {
		snprintf(err, size,
			 "--nft-trace: so many descriptors are open that libnftables can't take "
			 "another (choose the namespaces with -N)");
		r = -EMFILE;
		goto fail;
	}
	r = -ENOMEM;
	t->nft = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!t->nft)
		goto fail;
	nft_ctx_buffer_output(t->nft);
	nft_ctx_buffer_error(t->nft);
	r = make_table(t, "inet", matches, n_matches, err, size);
	if (r)
		goto fail;
	/* not every kernel has the bridge family, nor every condition a meaning there */
	if (make_table(t, "bridge", matches, n_matches, ignored, sizeof(ignored)))
		make_table(t, "bridge", all, 1, ignored, sizeof(ignored));
	*ret = t;
	return 0;
fail:
	nft_trace_free(t);
	return r;
}

void nft_trace_free(struct nft_trace *t)
{
	if (!t)
		return;
	if (t->nft)
		nft_ctx_free(t->nft);
	if (t->socket)
		mnl_socket_close(t->socket);
	free(t);
}

/* --- the messages --- */

static uint16_t be16_at(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t be32_at(const uint8_t *p)
{
	return (uint32_t)be16_at(p) << 16 | be16_at(p + 2);
}

static void parse_network(struct wb_packet *p, const uint8_t *h, size_t n)
{
	*p = (struct wb_packet){0};
	if (n >= sizeof(struct in_addr) * 5 && h[0] >> 4 == 4) {
		p->family = 4;
		p->proto = h[9];
		p->ip_id = be16_at(h + 4);
		memcpy(p->saddr, h + 12, 4);
		memcpy(p->daddr, h + 16, 4);
	} else if (n >= IPV6_LEN && h[0] >> 4 == 6) {
		p->family = 6;
		p->proto = h[6];
		p->ip_id = be32_at(h) & 0xfffff;
		memcpy(p->saddr, h + 8, 16);
		memcpy(p->daddr, h + 24, 16);
	}
}

static void parse_transport(struct wb_packet *p, const uint8_t *h, size_t n)
{
	if (n < L4_LEN_MIN)
		return;
	switch (p->proto) {
	case IPPROTO_TCP:
		p->tcp_seq = be32_at(h + 4);
		/* fall through */
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		p->sport = be16_at(h);
		p->dport = be16_at(h + 2);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		p->icmp_type = h[0];
		p->icmp_code = h[1];
		p->sport = be16_at(h + 4);
		p->dport = be16_at(h + 6);
		break;
	}
}

static int on_attr(const struct nlattr *a, void *arg)
{
	const struct nlattr **attrs = arg;
	int type = mnl_attr_get_type(a);

	if (type <= NFTA_TRACE_MAX)
		attrs[type] = a;
	return MNL_CB_OK;
}

static uint32_t be32_of(const struct nlattr *a)
{
	return a ? ntohl(mnl_attr_get_u32(a)) : 0;
}

static uint32_t verdict_of(const struct nlattr *nest)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest) if (mnl_attr_get_type(a) ==
					      NFTA_VERDICT_CODE) return be32_of(a);
	return NF_ACCEPT;
}

static void copy_name(char *to, size_t size, const struct nlattr *a)
{
	snprintf(to, size, "%.*s", a ? (int)mnl_attr_get_payload_len(a) : 0,
		 a ? (const char *)mnl_attr_get_payload(a) : "");
}

static int on_message(const struct nlmsghdr *nlh, void *arg)
{
	struct nft_trace *t = arg;
	const struct nlattr *a[NFTA_TRACE_MAX + 1] = {0};
	const struct nfgenmsg *gen = mnl_nlmsg_get_payload(nlh);
	struct nft_verdict v = {.ts_ns = clock_now_ns(), .netns = t->netns};
	struct known *k;
	uint32_t type, verdict;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_TRACE) ||
	    mnl_attr_parse(nlh, sizeof(*gen), on_attr, a) < 0 || !a[NFTA_TRACE_ID])
		return MNL_CB_OK;
	k = &t->known[be32_of(a[NFTA_TRACE_ID]) % KNOWN_IDS];
	if (a[NFTA_TRACE_NETWORK_HEADER]) {
		k->id = be32_of(a[NFTA_TRACE_ID]);
		parse_network(&k->packet, mnl_attr_get_payload(a[NFTA_TRACE_NETWORK_HEADER]),
			      mnl_attr_get_payload_len(a[NFTA_TRACE_NETWORK_HEADER]));
		if (a[NFTA_TRACE_TRANSPORT_HEADER])
			parse_transport(&k->packet,
					mnl_attr_get_payload(a[NFTA_TRACE_TRANSPORT_HEADER]),
					mnl_attr_get_payload_len(a[NFTA_TRACE_TRANSPORT_HEADER]));
	}
	type = be32_of(a[NFTA_TRACE_TYPE]);
	v.policy = type == NFT_TRACETYPE_POLICY;
	verdict = v.policy && a[NFTA_TRACE_POLICY] ? be32_of(a[NFTA_TRACE_POLICY])
		  : type == NFT_TRACETYPE_RULE && a[NFTA_TRACE_VERDICT]
			  ? verdict_of(a[NFTA_TRACE_VERDICT])
			  : NF_ACCEPT;
	v.queue = (verdict & NF_VERDICT_MASK) == NF_QUEUE && (int32_t)verdict > 0;
	if ((verdict != NF_DROP && !v.queue) || k->id != be32_of(a[NFTA_TRACE_ID]))
		return MNL_CB_OK;
	v.number = verdict >> NF_VERDICT_QBITS;
	v.family = gen->nfgen_family;
	v.packet = k->packet;
	if (a[NFTA_TRACE_RULE_HANDLE])
		v.handle = be64toh(mnl_attr_get_u64(a[NFTA_TRACE_RULE_HANDLE]));
	copy_name(v.table, sizeof(v.table), a[NFTA_TRACE_TABLE]);
	copy_name(v.chain, sizeof(v.chain), a[NFTA_TRACE_CHAIN]);
	t->fn(t->arg, &v);
	return MNL_CB_OK;
}

uint64_t nft_trace_read(struct nft_trace *t, nft_trace_fn fn, void *arg)
{
	char buf[16384];
	uint64_t lost = 0;

	t->fn = fn;
	t->arg = arg;
	for (int i = 0; i < READS_MAX; i++) {
		ssize_t n = mnl_socket_recvfrom(t->socket, buf, sizeof(buf));

		if (n < 0 && errno == ENOBUFS)
			lost++;
		else if (n <= 0)
			break;
		else
			mnl_cb_run(buf, n, 0, 0, on_message, t);
	}
	return lost;
}
