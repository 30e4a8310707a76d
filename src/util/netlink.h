/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A question to the kernel over netlink and its answer, on libmnl. Whoever listens to what the
 * kernel tells unasked does that himself.
 */
#ifndef WAYBILL_UTIL_NETLINK_H
#define WAYBILL_UTIL_NETLINK_H

#include <libmnl/libmnl.h>
#include <stdint.h>

/* Where a request is built: a header and a few attributes. */
struct netlink_room {
	_Alignas(struct nlmsghdr) char bytes[512];
};

/* bus: NETLINK_*. The caller closes it by mnl_socket_close(). NULL with errno. */
struct mnl_socket *netlink_open(int bus);

/* Begins a request in room; flags besides NLM_F_REQUEST. */
struct nlmsghdr *netlink_request(struct netlink_room *room, uint16_t type, uint16_t flags);

/*
 * All questions of this thread end at this time of clock_now_ns(). 0, as it is at first: each has a
 * second.
 */
void netlink_set_deadline(uint64_t at_ns);

/*
 * Sends a request and calls cb for what comes back: with NLM_F_DUMP until the end, else for the one
 * answer. 0 or -errno, also the kernel's own; -EINTR: the dump was not of one moment; -ETIMEDOUT:
 * the end did not come in time. Then cb may have been called for a part of it. The socket is ready
 * for the next question in any case.
 */
int netlink_ask(struct mnl_socket *s, struct nlmsghdr *request, mnl_cb_t cb, void *arg);

/* The text of the first attribute of this type in a nest, which it points into; "": there is none.
 */
const char *netlink_text_in(const struct nlattr *nest, uint16_t type);

#endif
