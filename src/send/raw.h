/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet of a process of this host: raw sockets in the current network namespace. Whose they are
 * (user, cgroup) is whose the process is that opens them. What is put in at a device: swallow.h.
 */
#ifndef WAYBILL_SEND_RAW_H
#define WAYBILL_SEND_RAW_H

#include <stddef.h>
#include <stdint.h>

struct raw {
	int fd4, fd6; /* or -errno */
};

/* As this user, 0: the own one. It needs CAP_NET_RAW. */
void raw_open(struct raw *r, uint32_t uid);
void raw_close(struct raw *r);

/*
 * An IP packet, from its header on, with this mark (0: none). 0, or -errno as the sending process
 * would get it.
 */
int raw_send(const struct raw *r, const uint8_t *packet, size_t n, uint32_t mark);

#endif
