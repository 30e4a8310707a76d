/* SPDX-License-Identifier: GPL-2.0-only */
/* One TCP connection, asked for by a packet that it received: how much of what came was read. */
#ifndef WAYBILL_HOST_CONNECTION_H
#define WAYBILL_HOST_CONNECTION_H

#include <stdint.h>

#include "host/names.h"
#include "waybill/event.h"

struct connection {
	uint64_t inode;	   /* 0: nobody has it open, it was not accepted yet */
	uint64_t received; /* bytes in order, since it began */
	uint32_t unread;   /* of these: what ss calls Recv-Q */
};

/* As it is after after_ns. -ENOENT: there is none any more, or the kernel can't be asked. ifindex:
 * where p came in. */
int connection_ask(struct names *n, uint32_t inum, uint32_t ifindex, const struct wb_packet *p,
		   uint64_t after_ns, struct connection *ret);

#endif
