/* SPDX-License-Identifier: GPL-2.0-only */
/* Connection tracking: an entry by its tuple, the table and its busiest source, its statistics. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "host/ask_core.h"

#define ENTRIES_MAX 1024  /* of the table, unless args say otherwise */
#define SOURCES_MAX 65536 /* of a flood with as many senders none stands out */

static const struct attr_row address_rows[] = {
	{CTA_IP_V4_SRC, ATTR_ADDRESS, "src", {0}},
	{CTA_IP_V4_DST, ATTR_ADDRESS, "dst", {0}},
	{CTA_IP_V6_SRC, ATTR_ADDRESS, "src", {0}},
	{CTA_IP_V6_DST, ATTR_ADDRESS, "dst", {0}},
};
static const struct attr_table address_table = ATTR_TABLE(address_rows);

static const struct attr_row proto_rows[] = {
	{CTA_PROTO_NUM, ATTR_UINT, "proto", {0}},
	{CTA_PROTO_SRC_PORT, ATTR_BE, "sport", {0}},
	{CTA_PROTO_DST_PORT, ATTR_BE, "dport", {0}},
	{CTA_PROTO_ICMP_ID, ATTR_BE, "icmp_id", {0}},
	{CTA_PROTO_ICMP_TYPE, ATTR_UINT, "icmp_type", {0}},
	{CTA_PROTO_ICMP_CODE, ATTR_UINT, "icmp_code", {0}},
	{CTA_PROTO_ICMPV6_ID, ATTR_BE, "icmp_id", {0}},
	{CTA_PROTO_ICMPV6_TYPE, ATTR_UINT, "icmp_type", {0}},
	{CTA_PROTO_ICMPV6_CODE, ATTR_UINT, "icmp_code", {0}},
};
static const struct attr_table proto_table = ATTR_TABLE(proto_rows);

static const struct attr_row tuple_rows[] = {
	{CTA_TUPLE_IP, ATTR_INTO, "", {.table = &address_table}},
	{CTA_TUPLE_PROTO, ATTR_INTO, "", {.table = &proto_table}},
	{CTA_TUPLE_ZONE, ATTR_BE, "zone", {0}},
};
static const struct attr_table tuple_table = ATTR_TABLE(tuple_rows);

static const struct attr_row counter_rows[] = {
	{CTA_COUNTERS_PACKETS, ATTR_BE, "packets", {0}},
	{CTA_COUNTERS_BYTES, ATTR_BE, "bytes", {0}},
};
static const struct attr_table counter_table = ATTR_TABLE(counter_rows);

static const char *const tcp_states[] = {
	"NONE",	      "SYN_SENT", "SYN_RECV",  "ESTABLISHED", "FIN_WAIT",
	"CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE",	      "SYN_SENT2",
};
static const struct attr_words tcp_words = ATTR_WORDS(tcp_states);
static const struct attr_row tcp_rows[] = {
	{CTA_PROTOINFO_TCP_STATE, ATTR_WORD, "state", {.words = &tcp_words}},
};
static const struct attr_table tcp_table = ATTR_TABLE(tcp_rows);
static const struct attr_row sctp_rows[] = {
	{CTA_PROTOINFO_SCTP_STATE, ATTR_UINT, "sctp_state", {0}},
};
static const struct attr_table sctp_table = ATTR_TABLE(sctp_rows);
static const struct attr_row info_rows[] = {
	{CTA_PROTOINFO_TCP, ATTR_INTO, "", {.table = &tcp_table}},
	{CTA_PROTOINFO_SCTP, ATTR_INTO, "", {.table = &sctp_table}},
};
static const struct attr_table info_table = ATTR_TABLE(info_rows);

static void put_status(struct ask *a, json_t *to, const struct nlattr *attr)
{
	static const char *const names[] = {
		"EXPECTED",	"SEEN_REPLY", "ASSURED",       "CONFIRMED",
		"SRC_NAT",	"DST_NAT",    "SEQ_ADJUST",    "SRC_NAT_DONE",
		"DST_NAT_DONE", "DYING",      "FIXED_TIMEOUT", "TEMPLATE",
		"UNTRACKED",	"HELPER",     "OFFLOAD",       "HW_OFFLOAD",
	};
	uint32_t bits = (uint32_t)attr_be(attr, 0);

	(void)a;
	ask_set_number(to, "status", bits);
	ask_set(to, "flags", ask_flags(bits, names, sizeof(names) / sizeof(names[0])));
}

static const struct attr_row help_rows[] = {{CTA_HELP_NAME, ATTR_TEXT, "helper", {0}}};
static const struct attr_table help_table = ATTR_TABLE(help_rows);

static const struct attr_row entry_rows[] = {
	{CTA_TUPLE_ORIG, ATTR_NEST, "orig", {.table = &tuple_table}},
	{CTA_TUPLE_REPLY, ATTR_NEST, "reply", {.table = &tuple_table}},
	{CTA_TUPLE_MASTER, ATTR_NEST, "master", {.table = &tuple_table}},
	{CTA_STATUS, ATTR_CALL, "status", {.call = put_status}},
	{CTA_PROTOINFO, ATTR_INTO, "", {.table = &info_table}},
	{CTA_HELP, ATTR_INTO, "", {.table = &help_table}},
	{CTA_TIMEOUT, ATTR_BE, "timeout", {0}},
	{CTA_MARK, ATTR_BE, "mark", {0}},
	{CTA_ZONE, ATTR_BE, "zone", {0}},
	{CTA_ID, ATTR_BE, "id", {0}},
	{CTA_COUNTERS_ORIG, ATTR_NEST, "counters_orig", {.table = &counter_table}},
	{CTA_COUNTERS_REPLY, ATTR_NEST, "counters_reply", {.table = &counter_table}},
};
static const struct attr_table entry_table = ATTR_TABLE(entry_rows);

struct source {
	struct {
		uint8_t n, addr[16];
	} key;
	uint32_t entries;
	UT_hash_handle hh;
};

struct table {
	struct ask a;
	uint64_t entries, max;
	struct source *sources;
};

static void count_source(struct table *t, const struct nlattr *addr)
{
	struct source *s, look = {0};

	if (!addr || mnl_attr_get_payload_len(addr) > 16)
		return;
	look.key.n = (uint8_t)mnl_attr_get_payload_len(addr);
	memcpy(look.key.addr, mnl_attr_get_payload(addr), look.key.n);
	HASH_FIND(hh, t->sources, &look.key, sizeof(look.key), s);
	if (!s && HASH_COUNT(t->sources) < SOURCES_MAX && (s = calloc(1, sizeof(*s)))) {
		s->key = look.key;
		HASH_ADD(hh, t->sources, key, sizeof(s->key), s);
	}
	if (s)
		s->entries++;
}

/* a is the first part of the table. */
static void on_entry(struct ask *a, const struct nlmsghdr *nlh)
{
	struct table *t = (struct table *)a;
	const struct nlattr *ip = attr_in(
		attr_of_message(nlh, sizeof(struct nfgenmsg), CTA_TUPLE_ORIG), CTA_TUPLE_IP);
	const struct nlattr *four = attr_in(ip, CTA_IP_V4_SRC);

	t->entries++;
	count_source(t, four ? four : attr_in(ip, CTA_IP_V6_SRC));
	if (json_array_size(a->ret) < t->max)
		attrs_message(a, ask_new(a), &entry_table, nlh, sizeof(struct nfgenmsg));
}

static void forget_sources(struct table *t)
{
	struct source *s, *tmp;

	HASH_ITER(hh, t->sources, s, tmp)
	{
		HASH_DEL(t->sources, s);
		free(s);
	}
}

/* {"entries", "busiest": {"src", "entries"}, "list"}, and "cut" if not all of them are in it. */
static json_t *summary(struct table *t, json_t *list)
{
	struct source *s, *tmp, *most = NULL;
	json_t *o = json_object(), *busiest;

	HASH_ITER(hh, t->sources, s, tmp)
	if (!most || s->entries > most->entries)
		most = s;
	ask_set_number(o, "entries", t->entries);
	if (most) {
		busiest = json_object();
		ask_set_address(busiest, "src", most->key.addr, most->key.n);
		ask_set_number(busiest, "entries", most->entries);
		ask_set(o, "busiest", busiest);
	}
	if (t->entries > json_array_size(list))
		ask_set(o, "cut", json_true());
	json_object_set(o, "list", list);
	return o;
}

static void put_port(struct nlmsghdr *nlh, const json_t *args, const char *key, uint16_t type)
{
	uint16_t port = htons((uint16_t)ask_number(args, key, 0));

	mnl_attr_put(nlh, type, sizeof(port), &port);
}

/* ICMP's have a type and a code, and the identifier as source port. */
static void put_proto(struct nlmsghdr *nlh, const json_t *args)
{
	uint8_t proto = (uint8_t)ask_number(args, "proto", 0);
	bool six = proto == IPPROTO_ICMPV6;

	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, proto);
	if (proto == IPPROTO_ICMP || six) {
		put_port(nlh, args, "icmp_id", six ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID);
		mnl_attr_put_u8(nlh, six ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
				(uint8_t)ask_number(args, "icmp_type", 0));
		mnl_attr_put_u8(nlh, six ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE,
				(uint8_t)ask_number(args, "icmp_code", 0));
		return;
	}
	put_port(nlh, args, "sport", CTA_PROTO_SRC_PORT);
	put_port(nlh, args, "dport", CTA_PROTO_DST_PORT);
}

/* Returns the address' length, 0: args name no tuple. */
static size_t put_tuple(struct nlmsghdr *nlh, const json_t *args)
{
	uint8_t src[16], dst[16];
	size_t n = ask_address(args, "src", src);
	uint16_t zone = htons((uint16_t)ask_number(args, "zone", 0));
	struct nlattr *tuple, *part;

	if (!n || n != ask_address(args, "dst", dst))
		return 0;
	tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, n == 16 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, n, src);
	mnl_attr_put(nlh, n == 16 ? CTA_IP_V6_DST : CTA_IP_V4_DST, n, dst);
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	put_proto(nlh, args);
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
	if (zone)
		mnl_attr_put(nlh, CTA_ZONE, sizeof(zone), &zone);
	return n;
}

/* With a tuple: the connection that it belongs to in either direction. Else: see summary(). */
int host_ask_conntrack(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh =
		netlink_request(&room, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, 0);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));
	uint64_t family = ask_number(args, "family", 0);
	struct table t = {.max = ask_number(args, "max", ENTRIES_MAX)};
	size_t n = put_tuple(nlh, args);
	json_t *list = NULL;
	int r = ask_open(&t.a, NETLINK_NETFILTER, args);

	if (!n)
		nlh->nlmsg_flags |= NLM_F_DUMP;
	*g = (struct nfgenmsg){.nfgen_family = n == 16 || family == 6  ? AF_INET6
					       : n == 4 || family == 4 ? AF_INET
								       : AF_UNSPEC,
			       .version = NFNETLINK_V0};
	if (!r)
		r = ask_run(&t.a, nlh, sizeof(*g), on_entry);
	r = ask_close(&t.a, r, &list);
	if (!r && n && !json_array_size(list))
		r = -ENOENT;
	if (!r)
		*ret = n ? json_incref(json_array_get(list, 0)) : summary(&t, list);
	json_decref(list);
	forget_sources(&t);
	return r;
}

static const struct attr_row stat_rows[] = {
	{CTA_STATS_FOUND, ATTR_BE, "found", {0}},
	{CTA_STATS_INVALID, ATTR_BE, "invalid", {0}},
	{CTA_STATS_INSERT, ATTR_BE, "insert", {0}},
	{CTA_STATS_INSERT_FAILED, ATTR_BE, "insert_failed", {0}},
	{CTA_STATS_DROP, ATTR_BE, "drop", {0}},
	{CTA_STATS_EARLY_DROP, ATTR_BE, "early_drop", {0}},
	{CTA_STATS_ERROR, ATTR_BE, "error", {0}},
	{CTA_STATS_SEARCH_RESTART, ATTR_BE, "search_restart", {0}},
	{CTA_STATS_CLASH_RESOLVE, ATTR_BE, "clash_resolve", {0}},
	{CTA_STATS_CHAIN_TOOLONG, ATTR_BE, "chaintoolong", {0}},
};
static const struct attr_table stat_table = ATTR_TABLE(stat_rows);

static void on_stats(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct nfgenmsg *g = mnl_nlmsg_get_payload(nlh);
	json_t *o = ask_new(a);

	ask_set_number(o, "cpu", ntohs(g->res_id));
	attrs_message(a, o, &stat_table, nlh, sizeof(*g));
}

static const struct attr_row count_rows[] = {
	{CTA_STATS_GLOBAL_ENTRIES, ATTR_BE, "entries", {0}},
	{CTA_STATS_GLOBAL_MAX_ENTRIES, ATTR_BE, "max_entries", {0}},
};
static const struct attr_table count_table = ATTR_TABLE(count_rows);

static void on_count(struct ask *a, const struct nlmsghdr *nlh)
{
	attrs_message(a, ask_new(a), &count_table, nlh, sizeof(struct nfgenmsg));
}

static int ask_stats(struct ask *a, uint16_t what, uint16_t flags, ask_row row)
{
	struct netlink_room room;
	struct nlmsghdr *nlh =
		netlink_request(&room, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | what), flags);
	struct nfgenmsg *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));

	*g = (struct nfgenmsg){.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
	return ask_run(a, nlh, sizeof(*g), row);
}

/* A row for each CPU, and one last without "cpu": how many entries there are, and may be. */
int host_ask_conntrack_stats(const json_t *args, json_t **ret)
{
	struct ask a;
	int r = ask_open(&a, NETLINK_NETFILTER, args);

	if (!r)
		r = ask_stats(&a, IPCTNL_MSG_CT_GET_STATS_CPU, NLM_F_DUMP, on_stats);
	if (!r)
		r = ask_stats(&a, IPCTNL_MSG_CT_GET_STATS, 0, on_count);
	return ask_close(&a, r, ret);
}
