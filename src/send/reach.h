/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which further network namespaces can a packet get to that comes in here, without being sent
 * through a device? Those with a device that stands on one of here (macvlan, ipvlan, VLAN,
 * tunnels), and where programs of tc may redirect to it, those behind veth and netkit pairs.
 */
#ifndef WAYBILL_SEND_REACH_H
#define WAYBILL_SEND_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What of a namespace's devices matters. */
struct reach_links {
	bool redirects; /* there may be programs of tc at what comes in */
	struct reach_link {
		int32_t nsid; /* the namespace of the device below, as this one calls it */
		bool pair;    /* that one is its other end */
	} *rows;
	size_t n;
	int r; /* inside */
};

/* Of the current namespace. 0 or -errno; reach_links_clear() in any case. */
int reach_links_read(struct reach_links *ret);
void reach_links_clear(struct reach_links *l);
/* What the current namespace calls that of this file; -1: nothing. */
int32_t reach_nsid(int fd);
/* Is there a device in a namespace with these links that stands on one of the other, which it calls
 * nsid? */
bool reach_stands_on(const struct reach_links *links, int32_t nsid, bool other_redirects);

#endif
