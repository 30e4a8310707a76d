/* SPDX-License-Identifier: GPL-2.0-only */
/* See icmp.h. */
#include "model/icmp.h"

#include <stddef.h>

#include "model/packet.h"

#define ICMP   1
#define ICMPV6 58
#define ANY    -1

static const struct {
	uint8_t proto, type;
	int16_t code;
	const char *name;
} names[] = {
	{ICMP, 0, ANY, "echo reply"},
	{ICMP, 3, 0, "network unreachable"},
	{ICMP, 3, 1, "host unreachable"},
	{ICMP, 3, 2, "protocol unreachable"},
	{ICMP, 3, 3, "port unreachable"},
	{ICMP, 3, 4, "fragmentation needed"},
	{ICMP, 3, 9, "network prohibited"},
	{ICMP, 3, 10, "host prohibited"},
	{ICMP, 3, 13, "administratively prohibited"},
	{ICMP, 3, ANY, "unreachable"},
	{ICMP, 5, ANY, "redirect"},
	{ICMP, 8, ANY, "echo request"},
	{ICMP, 11, 1, "reassembly time exceeded"},
	{ICMP, 11, ANY, "time exceeded"},
	{ICMP, 12, ANY, "parameter problem"},
	{ICMPV6, 1, 0, "no route"},
	{ICMPV6, 1, 1, "administratively prohibited"},
	{ICMPV6, 1, 3, "address unreachable"},
	{ICMPV6, 1, 4, "port unreachable"},
	{ICMPV6, 1, ANY, "unreachable"},
	{ICMPV6, 2, ANY, "packet too big"},
	{ICMPV6, 3, 1, "reassembly time exceeded"},
	{ICMPV6, 3, ANY, "time exceeded"},
	{ICMPV6, 4, ANY, "parameter problem"},
	{ICMPV6, 128, ANY, "echo request"},
	{ICMPV6, 129, ANY, "echo reply"},
	{ICMPV6, 130, ANY, "multicast listener query"},
	{ICMPV6, 131, ANY, "multicast listener report"},
	{ICMPV6, 133, ANY, "router solicitation"},
	{ICMPV6, 134, ANY, "router advertisement"},
	{ICMPV6, 135, ANY, "neighbour solicitation"},
	{ICMPV6, 136, ANY, "neighbour advertisement"},
	{ICMPV6, 137, ANY, "redirect"},
	{ICMPV6, 143, ANY, "multicast listener report"},
};

static const char *name_of(uint8_t proto, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].proto == proto && names[i].type == type &&
		    (names[i].code == ANY || names[i].code == code))
			return names[i].name;
	return NULL;
}

const char *icmp_name(const struct wb_packet *p)
{
	if (!p->family || packet_fragment(p) > 0)
		return NULL;
	return name_of(p->proto, p->icmp_type, p->icmp_code);
}

const char *icmp_error_name(const struct wb_icmp_body *i)
{
	return name_of(i->family == 6 ? ICMPV6 : ICMP, i->type, i->code);
}

bool icmp_is_error(const struct wb_packet *p)
{
	if (p->proto == ICMP)
		return p->icmp_type == 3 || p->icmp_type == 4 || p->icmp_type == 11 ||
		       p->icmp_type == 12;
	return p->proto == ICMPV6 && p->icmp_type > 0 && p->icmp_type < 128;
}
