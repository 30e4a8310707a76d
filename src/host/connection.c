/* SPDX-License-Identifier: GPL-2.0-only */
/* See connection.h. By both ends the kernel finds it at once, without a walk through them all. */
#include "host/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "host/inside.h"
#include "util/netlink.h"

struct question {
	struct wb_packet p;
	uint32_t ifindex;
	struct connection answer;
	bool known;
};

static int read_info(const struct nlattr *a, void *arg)
{
	struct question *q = arg;
	struct tcp_info info;

	if (mnl_attr_get_type(a) != INET_DIAG_INFO ||
	    mnl_attr_get_payload_len(a) < offsetof(struct tcp_info, tcpi_segs_out))
		return MNL_CB_OK;
	memcpy(&info, mnl_attr_get_payload(a), offsetof(struct tcp_info, tcpi_segs_out));
	q->answer.received = info.tcpi_bytes_received;
	q->known = true;
	return MNL_CB_OK;
}

/* Where the connection is gone the kernel answers with a listener of its port. */
static int read_connection(const struct nlmsghdr *h, void *arg)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(h);
	struct question *q = arg;

	if (ntohs(m->id.idiag_dport) != q->p.sport)
		return MNL_CB_OK;
	q->answer.inode = m->idiag_inode;
	q->answer.unread = m->idiag_rqueue;
	return mnl_attr_parse(h, sizeof(*m), read_info, q);
}

static struct nlmsghdr *put_question(struct netlink_room *room, const struct question *q)
{
	struct nlmsghdr *h = netlink_request(room, SOCK_DIAG_BY_FAMILY, 0);
	size_t size = q->p.family == 6 ? 16 : 4;
	struct inet_diag_req_v2 *r;

	r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	r->sdiag_family = q->p.family == 6 ? AF_INET6 : AF_INET;
	r->sdiag_protocol = IPPROTO_TCP;
	r->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	r->idiag_states = ~0U;
	r->id.idiag_sport = htons(q->p.dport);
	r->id.idiag_dport = htons(q->p.sport);
	memcpy(r->id.idiag_src, q->p.daddr, size);
	memcpy(r->id.idiag_dst, q->p.saddr, size);
	r->id.idiag_if = q->ifindex;
	r->id.idiag_cookie[0] = r->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return h;
}

static int ask(void *arg)
{
	struct mnl_socket *s = netlink_open(NETLINK_SOCK_DIAG);
	struct question *q = arg;
	struct netlink_room room;

	if (!s)
		return 0;
	netlink_ask(s, put_question(&room, q), read_connection, q);
	mnl_socket_close(s);
	return 0;
}

const struct host_row connection_row = {ask, sizeof(struct question), HOST_NETLINK, true};

int connection_ask(struct names *n, uint32_t inum, uint32_t ifindex, const struct wb_packet *p,
		   struct connection *ret)
{
	struct question q = {.p = *p, .ifindex = ifindex};

	names_inside(n, inum, ask, &q);
	*ret = q.answer;
	return q.known ? 0 : -ENOENT;
}
