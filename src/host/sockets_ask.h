/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside sockets.h: the kernel's sockets of one protocol, asked for in the current namespace. */
#ifndef WAYBILL_HOST_SOCKETS_ASK_H
#define WAYBILL_HOST_SOCKETS_ASK_H

#include "host/sockets.h"

#define ANY_STATE 0xffffffffU

struct socket_question {
	uint8_t proto;
	uint16_t port;	 /* 0: any */
	uint32_t states; /* TCP_*, a bit each */
	bool only_peer;	 /* only connections with the peer of this one: */
	struct socket_row peer_of;
	struct sockets found;
	size_t seen; /* also those for which there was no room */
};

/* arg: a struct socket_question, which gets its answer; for names_inside(). 0 or -errno. */
int sockets_ask(void *arg);
/* One more that was found, if it is one that is asked for. */
void sockets_add(struct socket_question *q, const struct socket_row *s);

#endif
