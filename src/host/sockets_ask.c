/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asks sock_diag. Where the kernel has none for a protocol, and for raw sockets, /proc/net says
 * nearly the same, without the device and the limit.
 */
#include "host/sockets_ask.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/inside.h"
#include "util/netlink.h"

#define SKMEMINFO_RMEM	 0 /* places in the kernel's array of sk_meminfo */
#define SKMEMINFO_RCVBUF 1
#define SKMEMINFO_DROPS	 8

static bool has_peer(const struct socket_row *s, const struct socket_row *like)
{
	return s->peer_port == like->peer_port && s->family == like->family &&
	       !memcmp(s->peer, like->peer, sizeof(s->peer));
}

void sockets_add(struct socket_question *q, const struct socket_row *s)
{
	if (q->only_peer && !has_peer(s, &q->peer_of))
		return;
	q->seen++;
	if (q->found.n < SOCKETS_MAX)
		q->found.rows[q->found.n++] = *s;
}

static int read_attr(const struct nlattr *a, void *arg)
{
	struct socket_row *s = arg;
	const uint32_t *mem = mnl_attr_get_payload(a);

	switch (mnl_attr_get_type(a)) {
	case INET_DIAG_SKMEMINFO:
		if (s->listens || mnl_attr_get_payload_len(a) < 4 * (SKMEMINFO_DROPS + 1))
			break;
		s->used = mem[SKMEMINFO_RMEM];
		s->room = mem[SKMEMINFO_RCVBUF];
		s->drops = mem[SKMEMINFO_DROPS];
		break;
	case INET_DIAG_SKV6ONLY:
		s->v6only = mnl_attr_get_u8(a);
		break;
	}
	return MNL_CB_OK;
}

static int read_socket(const struct nlmsghdr *h, void *arg)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(h);
	struct socket_question *q = arg;
	struct socket_row s = {
		.proto = q->proto,
		.family = m->idiag_family == AF_INET6 ? 6 : 4,
		.listens = m->idiag_state == TCP_LISTEN,
		.port = ntohs(m->id.idiag_sport),
		.peer_port = ntohs(m->id.idiag_dport),
		.ifindex = m->id.idiag_if,
		.inode = m->idiag_inode,
		.used = m->idiag_rqueue,
	};
	static const uint8_t nowhere[16];

	memcpy(s.addr, m->id.idiag_src, s.family == 6 ? 16 : 4);
	memcpy(s.peer, m->id.idiag_dst, s.family == 6 ? 16 : 4);
	s.any = !memcmp(s.addr, nowhere, 16);
	if (s.listens)
		s.room = m->idiag_wqueue;
	if (s.ifindex)
		if_indextoname(s.ifindex, s.dev);
	mnl_attr_parse(h, sizeof(*m), read_attr, &s);
	if (!q->port || s.port == q->port)
		sockets_add(q, &s);
	return MNL_CB_OK;
}

static int ask_family(struct mnl_socket *s, struct socket_question *q, uint8_t family)
{
	struct netlink_room room;
	struct nlmsghdr *h = netlink_request(&room, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct inet_diag_req_v2 *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->sdiag_family = family;
	r->sdiag_protocol = q->proto;
	r->idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1);
	r->idiag_states = q->states;
	r->id.idiag_sport = htons(q->port);
	return netlink_ask(s, h, read_socket, q);
}

static void parse_addr(const char *hex, uint8_t *ret)
{
	for (size_t i = 0; i < strlen(hex) / 8 && i < 4; i++) {
		char word[9];
		uint32_t v;

		/* the kernel prints host order words of network order */
		snprintf(word, sizeof(word), "%.8s", hex + 8 * i);
		v = strtoul(word, NULL, 16);
		memcpy(ret + 4 * i, &v, 4);
	}
}

static void parse_line(struct socket_question *q, const char *line)
{
	char local[40], remote[40];
	unsigned port, rport, state, rx;
	unsigned long long inode;
	struct socket_row s = {.proto = q->proto};
	const char *tail = strrchr(line, ' ');

	if (sscanf(line, " %*d: %39[0-9A-F]:%x %39[0-9A-F]:%x %x %*x:%x %*x:%*x %*x %*u %*u %llu",
		   local, &port, remote, &rport, &state, &rx, &inode) != 7)
		return;
	if ((q->port && port != q->port) || !(q->states & 1u << state))
		return;
	parse_addr(local, s.addr);
	parse_addr(remote, s.peer);
	s.family = strlen(local) == 8 ? 4 : 6;
	s.any = strspn(local, "0") == strlen(local);
	s.listens = q->proto == IPPROTO_TCP && state == TCP_LISTEN;
	s.port = port;
	s.peer_port = rport;
	s.inode = inode;
	s.used = rx;
	if (q->proto != IPPROTO_TCP && tail)
		s.drops = strtoul(tail, NULL, 10);
	sockets_add(q, &s);
}

static void ask_proc(struct socket_question *q)
{
	static const char *const files[] = {
		"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6",
		"/proc/thread-self/net/udp", "/proc/thread-self/net/udp6",
		"/proc/thread-self/net/raw", "/proc/thread-self/net/raw6",
	};
	int first = q->proto == IPPROTO_TCP ? 0 : q->proto == IPPROTO_UDP ? 2 : 4;

	for (int i = first; i < first + 2; i++) {
		FILE *f = fopen(files[i], "re");
		char line[512];

		while (f && fgets(line, sizeof(line), f))
			parse_line(q, line);
		if (f)
			fclose(f);
	}
}

int sockets_ask(void *arg)
{
	struct socket_question *q = arg;
	bool has_diag = q->proto == IPPROTO_TCP || q->proto == IPPROTO_UDP;
	struct mnl_socket *s = has_diag ? netlink_open(NETLINK_SOCK_DIAG) : NULL;
	int e = -ENOENT;

	if (s) {
		e = ask_family(s, q, AF_INET);
		if (!e)
			ask_family(s, q, AF_INET6); /* IPv6 may not be there */
		mnl_socket_close(s);
	}
	if (e)
		ask_proc(q);
	return 0;
}

const struct host_row sockets_row = {sockets_ask, sizeof(struct socket_question), HOST_FILES, true};
