/* SPDX-License-Identifier: GPL-2.0-only */
/* One TCP connection. By both ends the kernel finds it at once, without a walk through them all. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#include "host/ask_core.h"

static void put_received(struct ask *a, json_t *to, const struct nlattr *attr)
{
	struct tcp_info info;

	(void)a;
	if (mnl_attr_get_payload_len(attr) < offsetof(struct tcp_info, tcpi_segs_out))
		return;
	memcpy(&info, mnl_attr_get_payload(attr), offsetof(struct tcp_info, tcpi_segs_out));
	ask_set_number(to, "received", info.tcpi_bytes_received);
}

static const struct attr_row rows[] = {
	{INET_DIAG_INFO, ATTR_CALL, "received", {.call = put_received}},
};
static const struct attr_table table = ATTR_TABLE(rows);

/* Where the connection is gone the kernel answers with a listener of its port. */
static void on_connection(struct ask *a, const struct nlmsghdr *nlh)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	json_t *o;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    ntohs(m->id.idiag_dport) != ask_number(a->args, "dport", 0))
		return;
	o = ask_new(a);
	ask_set_number(o, "inode", m->idiag_inode);
	ask_set_number(o, "unread", m->idiag_rqueue);
	attrs_message(a, o, &table, nlh, sizeof(*m));
}

static int run(struct ask *a)
{
	struct netlink_room room;
	struct nlmsghdr *nlh = netlink_request(&room, SOCK_DIAG_BY_FAMILY, 0);
	struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(nlh, sizeof(*q));
	uint8_t src[16] = {0}, dst[16] = {0};
	size_t n = ask_address(a->args, "src", src);

	if (!n || n != ask_address(a->args, "dst", dst))
		return -EINVAL;
	q->sdiag_family = n == 16 ? AF_INET6 : AF_INET;
	q->sdiag_protocol = IPPROTO_TCP;
	q->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	q->idiag_states = ~0U;
	q->id.idiag_sport = htons((uint16_t)ask_number(a->args, "sport", 0));
	q->id.idiag_dport = htons((uint16_t)ask_number(a->args, "dport", 0));
	memcpy(q->id.idiag_src, src, n);
	memcpy(q->id.idiag_dst, dst, n);
	q->id.idiag_if = (uint32_t)ask_number(a->args, "ifindex", 0);
	q->id.idiag_cookie[0] = q->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return ask_run(a, nlh, sizeof(struct inet_diag_msg), on_connection);
}

/* {"inode": 0: nobody has it open, "unread": bytes, what ss calls Recv-Q, "received": since it
 * began} */
int host_ask_connection(const json_t *args, json_t **ret)
{
	json_t *list = NULL;
	struct ask a;
	int r = ask_open(&a, NETLINK_SOCK_DIAG, args);

	if (!r)
		r = run(&a);
	r = ask_close(&a, r, &list);
	if (!r && !json_object_get(json_array_get(list, 0), "received"))
		r = -ENOENT;
	if (!r)
		*ret = json_incref(json_array_get(list, 0));
	json_decref(list);
	return r;
}
