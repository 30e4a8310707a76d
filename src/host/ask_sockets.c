/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets by sock_diag: TCP, UDP, raw; and those that see packets whole. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "host/ask_core.h"

#define SOCKETS_MAX 100000
#define ALL_STATES  0xfff

/* Spelled out, because headers of older systems lack it. */
#define DIAG_CGROUP_ID 21

static const char *const mem_keys[] = {
	"rmem",	       "rcvbuf", "wmem",    "sndbuf", "fwd_alloc",
	"wmem_queued", "optmem", "backlog", "drops",
};

static void put_memory(struct ask *a, json_t *to, const struct nlattr *attr)
{
	const char *p = mnl_attr_get_payload(attr);
	uint32_t v;

	(void)a;
	for (size_t i = 0; i < sizeof(mem_keys) / sizeof(mem_keys[0]); i++) {
		if ((i + 1) * sizeof(v) > mnl_attr_get_payload_len(attr))
			break;
		memcpy(&v, p + i * sizeof(v), sizeof(v));
		ask_set_number(to, mem_keys[i], v);
	}
}

static const struct attr_row socket_rows[] = {
	{INET_DIAG_SKMEMINFO, ATTR_CALL, "rmem", {.call = put_memory}},
	{INET_DIAG_SKV6ONLY, ATTR_ON, "v6only", {0}},
	{INET_DIAG_MARK, ATTR_UINT, "mark", {0}},
	{INET_DIAG_SHUTDOWN, ATTR_UINT, "shutdown", {0}},
	{DIAG_CGROUP_ID, ATTR_UINT, "cgroup", {0}},
};
static const struct attr_table socket_table = ATTR_TABLE(socket_rows);

static const char *const states[] = {
	NULL,	 "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",    "TIME_WAIT",
	"CLOSE", "CLOSE_WAIT",	"LAST_ACK", "LISTEN",	"CLOSING",   "NEW_SYN_RECV",
};
#define STATES (sizeof(states) / sizeof(states[0]))

static void on_socket(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	uint16_t port = (uint16_t)ask_number(a->args, "port", 0);
	size_t n = m->idiag_family == AF_INET6 ? 16 : 4;
	json_t *o;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY || (port && ntohs(m->id.idiag_sport) != port))
		return;
	a->number++;
	if (json_array_size(a->ret) >= SOCKETS_MAX)
		return;
	o = ask_new(a);
	ask_set_number(o, "family", m->idiag_family == AF_INET6 ? 6 : 4);
	ask_set(o, "state",
		m->idiag_state < STATES && states[m->idiag_state]
			? json_string(states[m->idiag_state])
			: json_integer(m->idiag_state));
	ask_set_address(o, "src", m->id.idiag_src, n);
	ask_set_number(o, "sport", ntohs(m->id.idiag_sport)); /* of a raw one the protocol */
	ask_set_address(o, "dst", m->id.idiag_dst, n);
	ask_set_number(o, "dport", ntohs(m->id.idiag_dport));
	if (m->id.idiag_if)
		ask_set_device(a, o, "dev", "dev_index", m->id.idiag_if);
	/* a listener's are how many wait, and how many may */
	ask_set_number(o, "rqueue", m->idiag_rqueue);
	ask_set_number(o, "wqueue", m->idiag_wqueue);
	ask_set_number(o, "uid", m->idiag_uid);
	ask_set_number(o, "inode", m->idiag_inode);
	attrs_message(a, o, &socket_table, nlh, sizeof(*m));
}

static int ask_family(struct ask *a, uint8_t family, uint8_t proto)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(nlh, sizeof(*q));

	q->sdiag_family = family;
	q->sdiag_protocol = proto;
	q->idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
	q->idiag_states = (uint32_t)ask_number(a->args, "states", ALL_STATES);
	q->id.idiag_sport = htons((uint16_t)ask_number(a->args, "port", 0));
	return ask_run(a, nlh, sizeof(struct inet_diag_msg), on_socket);
}

/* {"sockets", "list"}; fewer in the list than there are: it was cut. */
int host_ask_sockets(const json_t *args, json_t **ret)
{
	uint8_t proto = (uint8_t)ask_number(args, "proto", IPPROTO_TCP);
	uint64_t family = ask_number(args, "family", 0);
	json_t *list = NULL;
	uint32_t n;
	struct ask a;
	int r = ask_open(&a, NETLINK_SOCK_DIAG, args);

	if (!r && family != 6)
		r = ask_family(&a, AF_INET, proto);
	/* where all are asked for, IPv6 may not be there */
	if (!r && family != 4) {
		r = ask_family(&a, AF_INET6, proto);
		if (r == -ENOENT && !family)
			r = 0;
	}
	n = a.number;
	r = ask_close(&a, r, &list);
	/* this kernel has no sock_diag for the protocol: that is no answer about its sockets */
	if (r == -ENOENT)
		return -EOPNOTSUPP;
	if (!r)
		*ret = json_pack("{s:I, s:o}", "sockets", (json_int_t)n, "list", list);
	return r;
}

static const struct attr_row packet_rows[] = {
	{PACKET_DIAG_UID, ATTR_UINT, "uid", {0}},
	{PACKET_DIAG_MEMINFO, ATTR_CALL, "rmem", {.call = put_memory}},
};
static const struct attr_table packet_table = ATTR_TABLE(packet_rows);

static void put_packet_info(struct ask *a, json_t *o, const struct nlattr *attr)
{
	struct packet_diag_info i;

	if (!attr || mnl_attr_get_payload_len(attr) < sizeof(i))
		return;
	memcpy(&i, mnl_attr_get_payload(attr), sizeof(i));
	if (i.pdi_index)
		ask_set_device(a, o, "dev", "dev_index", i.pdi_index);
	ask_set_number(o, "flags", i.pdi_flags);
}

static void on_packet_socket(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct packet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return;
	o = ask_new(a);
	ask_set_number(o, "type", m->pdiag_type);
	ask_set_number(o, "protocol", m->pdiag_num);
	ask_set_number(o, "inode", m->pdiag_ino);
	put_packet_info(a, o, attr_of_message(nlh, sizeof(*m), PACKET_DIAG_INFO));
	attrs_message(a, o, &packet_table, nlh, sizeof(*m));
}

int host_ask_packet_sockets(const json_t *args, json_t **ret)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct packet_diag_req *q = mnl_nlmsg_put_extra_header(nlh, sizeof(*q));
	struct ask a;
	int r = ask_open(&a, NETLINK_SOCK_DIAG, args);

	q->sdiag_family = AF_PACKET;
	q->pdiag_show = PACKET_SHOW_INFO | PACKET_SHOW_MEMINFO;
	if (!r)
		r = ask_run(&a, nlh, sizeof(struct packet_diag_msg), on_packet_socket);
	return ask_close(&a, r == -ENOENT ? -EOPNOTSUPP : r, ret);
}
