/* SPDX-License-Identifier: GPL-2.0-only */
/* See netlink.h. */
#include "util/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#define ANSWER_MAX 32768 /* the kernel makes the messages of a dump no larger */
#define SEQ	   1	 /* 0 would not be compared */

struct mnl_socket *netlink_open(int bus)
{
	struct mnl_socket *s = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int e;

	if (!s || !mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID))
		return s;
	e = errno;
	mnl_socket_close(s);
	errno = e;
	return NULL;
}

struct nlmsghdr *netlink_request(struct netlink_room *room, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(room->bytes);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = SEQ;
	return h;
}

/* Returns MNL_CB_* of what one datagram held, MNL_CB_ERROR with errno. */
static int receive(struct mnl_socket *s, char *buf, mnl_cb_t cb, void *arg)
{
	ssize_t n;

	do
		n = mnl_socket_recvfrom(s, buf, ANSWER_MAX);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return MNL_CB_ERROR;
	return mnl_cb_run(buf, n, SEQ, mnl_socket_get_portid(s), cb, arg);
}

int netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	_Alignas(struct nlmsghdr) char buf[ANSWER_MAX];
	int r;

	if (mnl_socket_sendto(s, request, request->nlmsg_len) < 0)
		return -errno;
	do
		r = receive(s, buf, cb, arg);
	while (r > MNL_CB_STOP && dump);
	r = r < 0 ? -errno : 0;
	/* the rest of a dump that was broken off must not answer the next question */
	while (recv(mnl_socket_get_fd(s), buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	return r;
}
