/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that the routing input of IPv4 refuses whatever the routes are. */
#include "model/martian.h"

#include <stddef.h>

static int is_multicast_or_broadcast(const uint8_t *a)
{
	return (a[0] & 0xf0) == 0xe0 || (a[0] & a[1] & a[2] & a[3]) == 255;
}

const char *martian_reason(const struct wb_packet *p)
{
	const uint8_t *s = p->saddr, *d = p->daddr;

	if (p->family != 4)
		return NULL;
	if (is_multicast_or_broadcast(s))
		return "IP_INVALID_SOURCE";
	if (s[0] == 0 && (d[0] & d[1] & d[2] & d[3]) != 255)
		return "IP_INVALID_SOURCE";
	if (d[0] == 0)
		return "IP_INVALID_DEST";
	if (s[0] == 127 || d[0] == 127)
		return "IP_LOCALNET";
	return NULL;
}
