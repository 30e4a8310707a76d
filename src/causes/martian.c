/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that the routing input of IPv4 refuses whatever the routes are. */
#include "causes/martian.h"

#include <stddef.h>

#include "model/packet.h"

const char *martian_reason(const struct wb_packet *p)
{
	const uint8_t *s = p->saddr, *d = p->daddr;

	if (p->family != 4)
		return NULL;
	if (packet_addr_is_group(4, s))
		return "IP_INVALID_SOURCE";
	if (s[0] == 0 && (d[0] & d[1] & d[2] & d[3]) != 255)
		return "IP_INVALID_SOURCE";
	if (d[0] == 0)
		return "IP_INVALID_DEST";
	if (s[0] == 127 || d[0] == 127)
		return "IP_LOCALNET";
	return NULL;
}
