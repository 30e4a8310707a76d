/* SPDX-License-Identifier: GPL-2.0-only */
/* See netlink.h. */
#include "util/netlink.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "util/clock.h"

#define ANSWER_MAX 32768 /* the kernel makes the messages of a dump no larger */
#define REST_MAX   65536
#define USUAL_NS   SECOND_NS
#define FOREIGN	   2 /* beside MNL_CB_OK, which is 1 */

static _Thread_local uint64_t deadline;
static _Thread_local uint32_t sequence;

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
	return h;
}

void netlink_set_deadline(uint64_t at_ns)
{
	deadline = at_ns;
}

/* False: it is over. */
static bool wait_until(struct mnl_socket *s, uint64_t end_ns)
{
	struct pollfd p = {.fd = mnl_socket_get_fd(s), .events = POLLIN};
	uint64_t now;
	int r;

	do {
		now = clock_now_ns();
		if (now >= end_ns)
			return false;
		r = poll(&p, 1, (int)((end_ns - now + MS_NS - 1) / MS_NS));
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

/*
 * Returns MNL_CB_* of what one datagram held, FOREIGN if it is not the kernel's, MNL_CB_ERROR with
 * errno.
 */
static int receive(struct mnl_socket *s, const struct nlmsghdr *request, uint64_t end_ns, char *buf,
		   mnl_cb_t cb, void *arg)
{
	struct sockaddr_nl from = {0};
	socklen_t len = sizeof(from);
	ssize_t n;

	if (!wait_until(s, end_ns)) {
		errno = ETIMEDOUT;
		return MNL_CB_ERROR;
	}
	do
		n = recvfrom(mnl_socket_get_fd(s), buf, ANSWER_MAX, MSG_TRUNC,
			     (struct sockaddr *)&from, &len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return MNL_CB_ERROR;
	/* whoever has rights in this namespace may send to this socket, too */
	if (len < sizeof(from) || from.nl_pid)
		return FOREIGN;
	if (n > ANSWER_MAX) {
		errno = ENOSPC;
		return MNL_CB_ERROR;
	}
	return mnl_cb_run(buf, n, request->nlmsg_seq, mnl_socket_get_portid(s), cb, arg);
}

int netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg)
{
	bool dump = (request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	_Alignas(struct nlmsghdr) char buf[ANSWER_MAX];
	uint64_t end_ns = deadline ? deadline : clock_now_ns() + USUAL_NS;
	int r;

	/* 0 would not be compared; one of its own, or a late answer would be taken for this one's
	 */
	sequence += !(sequence + 1) + 1;
	request->nlmsg_seq = sequence;
	if (mnl_socket_sendto(s, request, request->nlmsg_len) < 0)
		return -errno;
	do
		r = receive(s, request, end_ns, buf, cb, arg);
	while (r == FOREIGN || (r > MNL_CB_STOP && dump));
	r = r < 0 ? -errno : 0;
	/*
	 * The rest of a dump that was broken off must not answer the next question. Somebody who
	 * goes on sending does not keep us here.
	 */
	for (unsigned n = 0; n < REST_MAX; n++)
		if (recv(mnl_socket_get_fd(s), buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			break;
	return r;
}

const char *netlink_text_in(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, nest)
	{
		if (mnl_attr_get_type(a) == type)
			return mnl_attr_get_str(a);
	}
	return "";
}
