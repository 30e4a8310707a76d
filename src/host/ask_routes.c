/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes, and the one that a packet would take. Rules and nexthop objects: ask_rules.c. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "host/ask_core.h"
#include "host/ask_routes.h"
#include "model/route_table.h"

static const char *const types[] = {
	"none",	     "unicast",	    "local",	"broadcast", "anycast", "multicast",
	"blackhole", "unreachable", "prohibit", "throw",     "nat",	"xresolve",
};
const struct attr_words route_types = ATTR_WORDS(types);

static const char *const route_flags[] = {
	"dead",	  "pervasive", "onlink",   "offload", "linkdown", "unresolved", "trap",	   NULL,
	"notify", "cloned",    "equalize", "prefix",  NULL,	  "fib_match",	"offload", "trap",
};
#define ROUTE_FLAGS (sizeof(route_flags) / sizeof(route_flags[0]))

void route_put_type(json_t *to, const char *key, uint8_t type)
{
	ask_set(to, key, type < route_types.n ? json_string(types[type]) : json_integer(type));
}

void route_put_table(json_t *to, uint32_t table)
{
	const char *name = route_table_name(table);

	ask_set_number(to, "table", table);
	if (name)
		ask_set(to, "table_name", json_string(name));
}

static void put_scope(json_t *to, uint8_t scope)
{
	const char *name = scope == RT_SCOPE_UNIVERSE  ? "global"
			   : scope == RT_SCOPE_SITE    ? "site"
			   : scope == RT_SCOPE_LINK    ? "link"
			   : scope == RT_SCOPE_HOST    ? "host"
			   : scope == RT_SCOPE_NOWHERE ? "nowhere"
						       : NULL;

	ask_set(to, "scope", name ? json_string(name) : json_integer(scope));
}

/* A gateway of the other family. */
static void put_via(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);
	uint16_t n = mnl_attr_get_payload_len(attr), family;
	json_t *o;

	(void)a;
	if (n < sizeof(family))
		return;
	memcpy(&family, p, sizeof(family));
	o = json_object();
	ask_set(o, "family", json_string(family == AF_INET6 ? "inet6" : "inet"));
	ask_set_address(o, "host", p + sizeof(family), family == AF_INET6 ? 16 : 4);
	if (n < sizeof(family) + (family == AF_INET6 ? 16 : 4))
		json_object_del(o, "host");
	ask_set(to, "via", o);
}

static const struct attr_row metric_rows[] = {
	{RTAX_LOCK, ATTR_UINT, "lock", {0}},	     {RTAX_MTU, ATTR_UINT, "mtu", {0}},
	{RTAX_WINDOW, ATTR_UINT, "window", {0}},     {RTAX_RTT, ATTR_UINT, "rtt", {0}},
	{RTAX_CWND, ATTR_UINT, "cwnd", {0}},	     {RTAX_ADVMSS, ATTR_UINT, "advmss", {0}},
	{RTAX_HOPLIMIT, ATTR_UINT, "hoplimit", {0}}, {RTAX_INITCWND, ATTR_UINT, "initcwnd", {0}},
	{RTAX_FEATURES, ATTR_UINT, "features", {0}}, {RTAX_RTO_MIN, ATTR_UINT, "rto_min", {0}},
	{RTAX_INITRWND, ATTR_UINT, "initrwnd", {0}}, {RTAX_QUICKACK, ATTR_UINT, "quickack", {0}},
};
static const struct attr_table metric_table = ATTR_TABLE(metric_rows);

/* ip has a list of one object. */
static void put_metrics(struct ask *a, json_t *to, const struct nlattr *attr)
{
	json_t *o = json_object(), *list = json_array();

	attrs_nested(a, o, &metric_table, attr);
	json_array_append_new(list, o);
	ask_set(to, "metrics", list);
}

static void put_cache(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct rta_cacheinfo c;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(c))
		return;
	memcpy(&c, mnl_attr_get_payload(attr), sizeof(c));
	if (c.rta_expires)
		ask_set(to, "expires", json_integer(c.rta_expires));
	if (c.rta_error)
		ask_set(to, "error", json_integer(c.rta_error));
}

static const struct attr_row hop_rows[] = {
	{RTA_GATEWAY, ATTR_ADDRESS, "gateway", {0}},
	{RTA_VIA, ATTR_CALL, "via", {.call = put_via}},
	{RTA_ENCAP_TYPE, ATTR_UINT, "encap", {0}}, /* 1 mpls, 2 ip, 4 ip6, 5 seg6, 6 bpf ... */
	{RTA_FLOW, ATTR_UINT, "flow", {0}},
};
static const struct attr_table hop_table = ATTR_TABLE(hop_rows);

static void put_hops(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);
	json_t *list = json_array();

	while (n >= sizeof(struct rtnexthop)) {
		struct rtnexthop h;
		json_t *o;

		memcpy(&h, p, sizeof(h));
		if (h.rtnh_len < sizeof(h) || h.rtnh_len > n)
			break;
		o = json_object();
		ask_set_device(a, o, "dev", "dev_index", (uint32_t)h.rtnh_ifindex);
		ask_set_number(o, "weight", h.rtnh_hops + 1u);
		ask_set(o, "flags", ask_flags(h.rtnh_flags, route_flags, ROUTE_FLAGS));
		attrs_read(a, o, &hop_table, p + sizeof(h), (int)(h.rtnh_len - sizeof(h)));
		json_array_append_new(list, o);
		if ((size_t)RTNH_ALIGN(h.rtnh_len) >= n)
			break;
		p += RTNH_ALIGN(h.rtnh_len);
		n -= (size_t)RTNH_ALIGN(h.rtnh_len);
	}
	ask_set(to, "nexthops", list);
}

static const struct attr_row route_rows[] = {
	{RTA_GATEWAY, ATTR_ADDRESS, "gateway", {0}},
	{RTA_VIA, ATTR_CALL, "via", {.call = put_via}},
	{RTA_OIF, ATTR_DEVICE, "dev", {0}},
	{RTA_IIF, ATTR_DEVICE, "iif", {0}},
	{RTA_PREFSRC, ATTR_ADDRESS, "prefsrc", {0}},
	{RTA_PRIORITY, ATTR_UINT, "metric", {0}},
	{RTA_METRICS, ATTR_CALL, "metrics", {.call = put_metrics}},
	{RTA_MULTIPATH, ATTR_CALL, "nexthops", {.call = put_hops}},
	{RTA_NH_ID, ATTR_UINT, "nhid", {0}},
	{RTA_MARK, ATTR_UINT, "mark", {0}},
	{RTA_UID, ATTR_UINT, "uid", {0}},
	{RTA_FLOW, ATTR_UINT, "flow", {0}},
	{RTA_PREF, ATTR_UINT, "pref", {0}}, /* 0 medium, 1 high, 3 low */
	{RTA_ENCAP_TYPE, ATTR_UINT, "encap", {0}},
	{RTA_CACHEINFO, ATTR_CALL, "expires", {.call = put_cache}},
};
static const struct attr_table route_table = ATTR_TABLE(route_rows);

static void put_route_prefix(json_t *to, const char *key, const struct nlattr *addr, unsigned len)
{
	if (addr)
		ask_set_prefix(to, key, mnl_attr_get_payload(addr), mnl_attr_get_payload_len(addr),
			       len);
	else if (len)
		ask_set_number(to, "len", len);
	else if (!strcmp(key, "dst"))
		ask_set(to, key, json_string("default"));
}

/* The upper 20 bits of an entry of the label stack. */
static void put_label(json_t *to, const struct nlattr *dst)
{
	uint32_t entry;

	if (!dst || mnl_attr_get_payload_len(dst) != sizeof(entry))
		return;
	memcpy(&entry, mnl_attr_get_payload(dst), sizeof(entry));
	ask_set_number(to, "label", ntohl(entry) >> 12);
}

static void on_route(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct rtmsg *m = mnl_nlmsg_get_payload(nlh);
	uint32_t table = attr_number(attr_of_message(nlh, sizeof(*m), RTA_TABLE), m->rtm_table);
	json_t *o;

	/* a kernel that does not filter dumps itself, and cached ones, which it adds */
	if (nlh->nlmsg_type != RTM_NEWROUTE || (a->number && table != a->number) ||
	    (nlh->nlmsg_flags & NLM_F_MULTI && m->rtm_flags & RTM_F_CLONED))
		return;
	o = ask_new(a);
	ask_set_number(o, "family",
		       m->rtm_family == AF_MPLS	   ? AF_MPLS
		       : m->rtm_family == AF_INET6 ? 6
						   : 4);
	route_put_type(o, "type", m->rtm_type);
	if (m->rtm_family == AF_MPLS)
		put_label(o, attr_of_message(nlh, sizeof(*m), RTA_DST));
	else
		put_route_prefix(o, "dst", attr_of_message(nlh, sizeof(*m), RTA_DST),
				 m->rtm_dst_len);
	put_route_prefix(o, "from", attr_of_message(nlh, sizeof(*m), RTA_SRC), m->rtm_src_len);
	if (m->rtm_tos)
		ask_set_number(o, "tos", m->rtm_tos);
	route_put_table(o, table);
	ask_set_number(o, "protocol", m->rtm_protocol);
	put_scope(o, m->rtm_scope);
	ask_set(o, "flags",
		ask_flags(m->rtm_flags & ~(unsigned)RTM_F_CLONED, route_flags, ROUTE_FLAGS));
	attrs_message(a, o, &route_table, nlh, sizeof(*m));
}

static int run_routes(struct ask *a, uint8_t family, uint32_t oif)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));

	m->rtm_family = family;
	if (a->number)
		mnl_attr_put_u32(nlh, RTA_TABLE, a->number);
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
	return ask_run(a, nlh, sizeof(*m), on_route);
}

int host_ask_routes(const json_t *args, json_t **ret)
{
	uint64_t family = ask_number(args, "family", 4);
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	a.number = ask_number(args, "table", 0);
	if (!r)
		r = run_routes(&a,
			       family == AF_MPLS ? AF_MPLS
			       : family == 6	 ? AF_INET6
						 : AF_INET,
			       ask_number(args, "oif", 0));
	/* a table that was never written to has no routes */
	return ask_close(&a, r == -ENOENT ? 0 : r, ret);
}

static void put_number(struct nlmsghdr *nlh, const json_t *args, const char *key, uint16_t type,
		       unsigned bytes)
{
	uint64_t v = ask_number(args, key, UINT64_MAX);
	uint16_t port = htons((uint16_t)v);

	if (v == UINT64_MAX)
		return;
	if (bytes == 1)
		mnl_attr_put_u8(nlh, type, (uint8_t)v);
	else if (bytes == 2)
		mnl_attr_put(nlh, type, 2, &port);
	else
		mnl_attr_put_u32(nlh, type, (uint32_t)v);
}

static const struct {
	const char *key;
	uint16_t type;
	uint8_t bytes; /* 2: a port */
} asked[] = {
	{"iif", RTA_IIF, 4},	 {"oif", RTA_OIF, 4},	     {"mark", RTA_MARK, 4},
	{"uid", RTA_UID, 4},	 {"proto", RTA_IP_PROTO, 1}, {"sport", RTA_SPORT, 2},
	{"dport", RTA_DPORT, 2},
};

/* How a look-up fails by what the tables say (fib_props in fib_semantics.c, 5.10 to 7.2). */
static const char *look_up_failed(int r)
{
	switch (r) {
	case -ENETUNREACH:
		return "no route";
	case -EHOSTUNREACH:
		return "unreachable";
	case -EACCES:
		return "prohibit";
	case -EINVAL:
		return "blackhole";
	default:
		return NULL;
	}
}

int host_ask_route(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, RTM_GETROUTE, 0);
	struct rtmsg *m = mnl_nlmsg_put_extra_header(nlh, sizeof(*m));
	uint8_t dst[16], src[16];
	size_t n = ask_address(args, "dst", dst), n_src = ask_address(args, "src", src);
	json_t *list = NULL;
	struct ask a;
	int r = ask_open(&a, NETLINK_ROUTE, args);

	m->rtm_family = n == 16 ? AF_INET6 : AF_INET;
	m->rtm_dst_len = (uint8_t)(8 * n);
	m->rtm_tos = (uint8_t)ask_number(args, "tos", 0);
	/* IPv6 always names the table, and refuses to be asked for it
	 * (inet6_rtm_valid_getroute_req) */
	m->rtm_flags = n == 16 ? 0 : RTM_F_LOOKUP_TABLE;
	if (json_is_true(json_object_get(args, "fibmatch")))
		m->rtm_flags |= RTM_F_FIB_MATCH;
	mnl_attr_put(nlh, RTA_DST, n, dst);
	if (n_src == n) {
		m->rtm_src_len = (uint8_t)(8 * n);
		mnl_attr_put(nlh, RTA_SRC, n, src);
	}
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		put_number(nlh, args, asked[i].key, asked[i].type, asked[i].bytes);
	if (!r && !n)
		r = -EINVAL;
	if (!r)
		r = ask_run(&a, nlh, sizeof(*m), on_route);
	if (n && look_up_failed(r)) {
		*ret = json_pack("{s:s}", "failed", look_up_failed(r));
		r = 0;
	}
	r = ask_close(&a, r, &list);
	if (!r && !*ret && !json_array_size(list))
		r = -EBADMSG;
	if (!r && !*ret)
		*ret = json_incref(json_array_get(list, 0));
	json_decref(list);
	return r;
}
