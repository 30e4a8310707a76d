/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The devices of the current network namespace through which a packet gets out of it: not those
 * whose packets go on through another one here, or come back in.
 */
#ifndef WAYBILL_COLLECT_EGRESS_H
#define WAYBILL_COLLECT_EGRESS_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

struct egress_device {
	uint32_t ifindex;
	char name[IFNAMSIZ];
};

struct egress {
	struct egress_device *rows;
	size_t n;
	int r; /* inside */
};

/* 0 or -errno. egress_clear() in any case. */
int egress_list(struct egress *ret);
void egress_clear(struct egress *e);

#endif
