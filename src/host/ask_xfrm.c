/* SPDX-License-Identifier: GPL-2.0-only */
/* IPsec's policies and states. Keys come along from the kernel, and are not passed on. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <string.h>

#include "host/ask_core.h"

/* Spelled out, because headers of older systems lack it. */
#define ATTR_SA_DIR 33

static size_t length(uint16_t family)
{
	return family == AF_INET6 ? 16 : 4;
}

static const char *proto_name(uint8_t proto)
{
	return proto == IPPROTO_ESP	  ? "esp"
	       : proto == IPPROTO_AH	  ? "ah"
	       : proto == IPPROTO_COMP	  ? "comp"
	       : proto == IPPROTO_ROUTING ? "route2"
	       : proto == IPPROTO_DSTOPTS ? "hao"
					  : NULL;
}

static void put_proto(json_t *o, uint8_t proto)
{
	ask_set(o, "proto",
		proto_name(proto) ? json_string(proto_name(proto)) : json_integer(proto));
}

static void put_mode(json_t *o, uint8_t mode)
{
	static const char *const names[] = {"transport",  "tunnel", "ro",
					    "in_trigger", "beet",   "iptfs"};

	ask_set(o, "mode",
		mode < sizeof(names) / sizeof(names[0]) ? json_string(names[mode])
							: json_integer(mode));
}

/* A mask of 0 is: any. */
static void put_port(json_t *o, const char *key, const char *mask_key, uint16_t port, uint16_t mask)
{
	if (!mask)
		return;
	ask_set_number(o, key, ntohs(port));
	if (mask != 0xffff)
		ask_set_number(o, mask_key, ntohs(mask));
}

/* The length always stands there, unlike a route's: 0 bits are everything. */
static void put_prefix(json_t *o, const char *key, const xfrm_address_t *x, uint16_t family,
		       uint8_t len)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family == AF_INET6 ? AF_INET6 : AF_INET, x, text, sizeof(text)))
		ask_set(o, key, json_sprintf("%s/%u", text, len));
}

static void put_selector(struct ask *a, json_t *o, const struct xfrm_selector *s)
{
	ask_set_number(o, "family", s->family == AF_INET6 ? 6 : 4);
	put_prefix(o, "src", &s->saddr, s->family, s->prefixlen_s);
	put_prefix(o, "dst", &s->daddr, s->family, s->prefixlen_d);
	if (s->proto)
		ask_set_number(o, "proto", s->proto);
	put_port(o, "sport", "sport_mask", s->sport, s->sport_mask);
	put_port(o, "dport", "dport_mask", s->dport, s->dport_mask);
	if (s->ifindex)
		ask_set_device(a, o, "dev", "dev_index", (uint32_t)s->ifindex);
}

static void put_mark(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct xfrm_mark m;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(m))
		return;
	memcpy(&m, mnl_attr_get_payload(attr), sizeof(m));
	if (!m.m)
		return; /* none */
	ask_set_number(to, "mark", m.v);
	ask_set_number(to, "mask", m.m);
}

static void put_templates(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);
	json_t *list = json_array();
	struct xfrm_user_tmpl t;

	(void)a;
	for (; n >= sizeof(t); n -= sizeof(t), p += sizeof(t)) {
		json_t *o = json_object();

		memcpy(&t, p, sizeof(t));
		ask_set_address(o, "src", &t.saddr, length(t.family));
		ask_set_address(o, "dst", &t.id.daddr, length(t.family));
		put_proto(o, t.id.proto);
		put_mode(o, t.mode);
		if (t.id.spi)
			ask_set_number(o, "spi", ntohl(t.id.spi));
		ask_set_number(o, "reqid", t.reqid);
		ask_set(o, "level", json_string(t.optional ? "use" : "required"));
		json_array_append_new(list, o);
	}
	ask_set(to, "tmpls", list);
}

static void put_policy_type(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const uint8_t *type = mnl_attr_get_payload(attr);

	(void)a;
	if (mnl_attr_get_payload_len(attr))
		ask_set(to, "ptype", json_string(*type == XFRM_POLICY_TYPE_SUB ? "sub" : "main"));
}

static const struct attr_row policy_rows[] = {
	{XFRMA_TMPL, ATTR_CALL, "tmpls", {.call = put_templates}},
	{XFRMA_MARK, ATTR_CALL, "mark", {.call = put_mark}},
	{XFRMA_IF_ID, ATTR_UINT, "if_id", {0}},
	{XFRMA_POLICY_TYPE, ATTR_CALL, "ptype", {.call = put_policy_type}},
};
static const struct attr_table policy_table = ATTR_TABLE(policy_rows);

static void on_policy(struct ask *a, const struct nlmsghdr *nlh)
{
	static const char *const dirs[] = {"in", "out", "fwd", "socket in", "socket out"};
	const struct xfrm_userpolicy_info *p = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY)
		return;
	o = ask_new(a);
	put_selector(a, o, &p->sel);
	ask_set(o, "dir",
		p->dir < sizeof(dirs) / sizeof(dirs[0]) ? json_string(dirs[p->dir])
							: json_integer(p->dir));
	ask_set(o, "action", json_string(p->action == XFRM_POLICY_BLOCK ? "block" : "allow"));
	ask_set_number(o, "priority", p->priority);
	ask_set_number(o, "index", p->index);
	if (p->flags & XFRM_POLICY_ICMP)
		ask_set(o, "icmp", json_true());
	attrs_message(a, o, &policy_table, nlh, sizeof(*p));
}

static int run(const json_t *args, uint16_t type, size_t header, ask_row row, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, type, NLM_F_DUMP);
	struct ask a;
	int r = ask_open(&a, NETLINK_XFRM, args);

	if (!r)
		r = ask_run(&a, nlh, header, row);
	return ask_close(&a, r, ret);
}

int host_ask_xfrm_policies(const json_t *args, json_t **ret)
{
	return run(args, XFRM_MSG_GETPOLICY, sizeof(struct xfrm_userpolicy_info), on_policy, ret);
}

static void put_encap(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct xfrm_encap_tmpl e;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(e))
		return;
	memcpy(&e, mnl_attr_get_payload(attr), sizeof(e));
	ask_set(to, "encap",
		json_pack("{s:s, s:i, s:i}", "type", e.encap_type == 2 ? "espinudp" : "other",
			  "sport", ntohs(e.encap_sport), "dport", ntohs(e.encap_dport)));
}

static void put_offload(struct ask *a, json_t *to, const struct nlattr *attr)
{
	uint32_t ifindex = 0;

	if (mnl_attr_get_payload_len(attr) >= sizeof(ifindex))
		memcpy(&ifindex, mnl_attr_get_payload(attr), sizeof(ifindex));
	if (ifindex)
		ask_set_device(a, to, "offload_dev", "offload_dev_index", ifindex);
}

static void put_replay(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct xfrm_replay_state s;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < sizeof(s))
		return;
	memcpy(&s, mnl_attr_get_payload(attr), sizeof(s));
	ask_set(to, "replay",
		json_pack("{s:I, s:I}", "seq", (json_int_t)s.seq, "oseq", (json_int_t)s.oseq));
}

static const struct attr_row state_rows[] = {
	{XFRMA_MARK, ATTR_CALL, "mark", {.call = put_mark}},
	{XFRMA_IF_ID, ATTR_UINT, "if_id", {0}},
	{XFRMA_ENCAP, ATTR_CALL, "encap", {.call = put_encap}},
	{XFRMA_OFFLOAD_DEV, ATTR_CALL, "offload_dev", {.call = put_offload}},
	{XFRMA_LASTUSED, ATTR_UINT, "lastused", {0}},
	{XFRMA_REPLAY_VAL, ATTR_CALL, "replay", {.call = put_replay}},
	{ATTR_SA_DIR, ATTR_UINT, "dir", {0}}, /* 1 in, 2 out */
};
static const struct attr_table state_table = ATTR_TABLE(state_rows);

/* So many are "no limit". */
static void put_limit(json_t *o, const char *key, uint64_t v)
{
	if (v && v != UINT64_MAX)
		ask_set_number(o, key, v);
}

static void put_life(json_t *o, const struct xfrm_usersa_info *s)
{
	ask_set_number(o, "bytes", s->curlft.bytes);
	ask_set_number(o, "packets", s->curlft.packets);
	ask_set_number(o, "add_time", s->curlft.add_time);
	ask_set_number(o, "use_time", s->curlft.use_time);
	put_limit(o, "hard_bytes", s->lft.hard_byte_limit);
	put_limit(o, "hard_packets", s->lft.hard_packet_limit);
	put_limit(o, "hard_add_expires", s->lft.hard_add_expires_seconds);
	put_limit(o, "hard_use_expires", s->lft.hard_use_expires_seconds);
	ask_set_number(o, "stats_replay_window", s->stats.replay_window);
	ask_set_number(o, "stats_replay", s->stats.replay);
	ask_set_number(o, "stats_integrity_failed", s->stats.integrity_failed);
}

static void on_state(struct ask *a, const struct nlmsghdr *nlh)
{
	static const char *const flags[] = {"noecn", "decap-dscp", "nopmtudisc", "wildrecv",
					    "icmp",  "af-unspec",  "align4",	 "esn"};
	const struct xfrm_usersa_info *s = mnl_nlmsg_get_payload(nlh);
	json_t *o, *sel;

	if (nlh->nlmsg_type != XFRM_MSG_NEWSA)
		return;
	o = ask_new(a);
	ask_set_number(o, "family", s->family == AF_INET6 ? 6 : 4);
	ask_set_address(o, "src", &s->saddr, length(s->family));
	ask_set_address(o, "dst", &s->id.daddr, length(s->family));
	put_proto(o, s->id.proto);
	ask_set_number(o, "spi", ntohl(s->id.spi));
	ask_set_number(o, "reqid", s->reqid);
	put_mode(o, s->mode);
	ask_set_number(o, "replay_window", s->replay_window);
	ask_set(o, "flags", ask_flags(s->flags, flags, sizeof(flags) / sizeof(flags[0])));
	put_life(o, s);
	if (s->sel.family) {
		sel = json_object();
		put_selector(a, sel, &s->sel);
		ask_set(o, "sel", sel);
	}
	attrs_message(a, o, &state_table, nlh, sizeof(*s));
}

int host_ask_xfrm_states(const json_t *args, json_t **ret)
{
	return run(args, XFRM_MSG_GETSA, sizeof(struct xfrm_usersa_info), on_state, ret);
}
