/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets by sock_diag: TCP, UDP; and those that see packets whole. Where the kernel has none for a
 * protocol, and for raw sockets, ask_sockets_proc.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "host/ask_core.h"
#include "host/ask_sockets.h"

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

/* By port and peer, where args name them. */
static bool is_wanted(const struct ask *a, const struct asked_socket *s)
{
	uint16_t port = (uint16_t)ask_number(a->args, "port", 0);
	uint8_t dst[16];
	size_t n = ask_address(a->args, "dst", dst);

	return (!port || s->sport == port) &&
	       (!n || (n == (s->family == 6 ? 16 : 4) && !memcmp(s->dst, dst, n) &&
		       s->dport == ask_number(a->args, "dport", 0)));
}

json_t *ask_add_socket(struct ask *a, const struct asked_socket *s)
{
	size_t n = s->family == 6 ? 16 : 4;
	json_t *o;

	if (!is_wanted(a, s))
		return NULL;
	a->number++;
	if (json_array_size(a->ret) >= ask_number(a->args, "max", SOCKETS_MAX))
		return NULL;
	o = ask_new(a);
	ask_set_number(o, "family", s->family);
	ask_set(o, "state",
		s->state < STATES && states[s->state] ? json_string(states[s->state])
						      : json_integer(s->state));
	ask_set_address(o, "src", s->src, n);
	ask_set_number(o, "sport", s->sport); /* of a raw one the protocol */
	ask_set_address(o, "dst", s->dst, n);
	ask_set_number(o, "dport", s->dport);
	/* a listener's are how many wait, and how many may */
	ask_set_number(o, "rqueue", s->rqueue);
	ask_set_number(o, "inode", s->inode);
	return o;
}

static void on_socket(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	struct asked_socket s = {.family = m->idiag_family == AF_INET6 ? 6 : 4,
				 .state = m->idiag_state,
				 .src = m->id.idiag_src,
				 .dst = m->id.idiag_dst,
				 .sport = ntohs(m->id.idiag_sport),
				 .dport = ntohs(m->id.idiag_dport),
				 .rqueue = m->idiag_rqueue,
				 .inode = m->idiag_inode};
	json_t *o = nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY ? ask_add_socket(a, &s) : NULL;

	if (!o)
		return;
	if (m->id.idiag_if)
		ask_set_device(a, o, "dev", "dev_index", m->id.idiag_if);
	ask_set_number(o, "wqueue", m->idiag_wqueue);
	ask_set_number(o, "uid", m->idiag_uid);
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

static int ask_diag(struct ask *a, uint8_t proto, uint64_t family)
{
	int r = family != 6 ? ask_family(a, AF_INET, proto) : 0;

	/* where all are asked for, IPv6 may not be there */
	if (!r && family != 4) {
		r = ask_family(a, AF_INET6, proto);
		if (r == -ENOENT && !family)
			r = 0;
	}
	return r;
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

	if (!r)
		r = proto == IPPROTO_TCP || proto == IPPROTO_UDP ? ask_diag(&a, proto, family)
								 : -ENOENT;
	/* this kernel has no sock_diag for the protocol */
	if (r == -ENOENT && a.s)
		r = ask_sockets_proc(&a, proto, family);
	n = a.number;
	r = ask_close(&a, r, &list);
	/* that is no answer about its sockets */
	if (r == -ENOENT)
		return -EOPNOTSUPP;
	if (!r)
		*ret = json_pack("{s:I, s:o}", "sockets", (json_int_t)n, "list", list);
	return r;
}

#define OPEN_MAX 64

/* {"tcp", "udp"}: each as host_ask_sockets() has it. They may be gone while two would be asked. */
int host_ask_open_sockets(const json_t *args, json_t **ret)
{
	json_t *tcp_args = json_pack("{s:i, s:i, s:i}", "proto", IPPROTO_TCP, "states",
				     1 << TCP_LISTEN | 1 << TCP_SYN_SENT, "max", OPEN_MAX);
	json_t *udp_args = json_pack("{s:i, s:i}", "proto", IPPROTO_UDP, "max", OPEN_MAX);
	json_t *tcp = NULL, *udp = NULL;
	int r = host_ask_sockets(tcp_args, &tcp);

	(void)args;
	if (!r)
		r = host_ask_sockets(udp_args, &udp);
	if (!r)
		*ret = json_pack("{s:O, s:O}", "tcp", tcp, "udp", udp);
	json_decref(tcp);
	json_decref(udp);
	json_decref(tcp_args);
	json_decref(udp_args);
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
