/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside ask_sockets.c: what its two sources, sock_diag and /proc, say of a socket alike. */
#ifndef WAYBILL_HOST_ASK_SOCKETS_H
#define WAYBILL_HOST_ASK_SOCKETS_H

#include "host/ask_core.h"

struct asked_socket {
	uint8_t family, state; /* 4 or 6; TCP_* */
	const void *src, *dst;
	uint16_t sport, dport;
	uint32_t rqueue;
	uint64_t inode;
};

/* Its row in the answer, NULL: it is not asked for, or there are enough. */
json_t *ask_add_socket(struct ask *a, const struct asked_socket *s);
/* /proc/net/tcp and the like: nearly the same, without the device and the limit. 0 or -errno. */
int ask_sockets_proc(struct ask *a, uint8_t proto, uint64_t family);

#endif
