/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends that look like drops and are none, and ends whose place says more than their reason. */
#include "model/ending.h"

#include <string.h>

#include "model/catalogue.h"

#define TCP_RST 0x04

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

bool ending_purged(const struct ending *e)
{
	return !strcmp(e->reason, "QUEUE_PURGE") || starts(e->function, "udp_destruct") ||
	       starts(e->function, "inet_sock_destruct") || starts(e->function, "skb_queue_purge");
}

/* There tcp_v4_rcv gives a reason for everything else that it drops. */
bool ending_of_closed(const struct ending *e)
{
	return !strcmp(e->reason, "NOT_SPECIFIED") &&
	       (!strcmp(e->function, "tcp_v4_rcv") || !strcmp(e->function, "tcp_v6_rcv"));
}

/* What a closed connection still gets: a reset, or nothing but an acknowledgement. */
static bool late(const struct journey *j, const struct ending *e)
{
	if (j->packet.proto != 6 || j->sent_reset)
		return false;
	if (j->packet.tcp_flags & TCP_RST)
		return ending_of_closed(e) || !strcmp(e->reason, "NO_SOCKET");
	return ending_of_closed(e) && !j->len;
}

bool ending_harmless(const struct journey *j, const struct ending *e)
{
	const struct reason_row *r = catalogue_reason(e->reason);

	if ((r && r->benign) || ending_purged(e) || late(j, e))
		return true;
	/* the raw socket of ping took its own copy; the kernel's ping sockets didn't want theirs */
	if (!strcmp(e->function, "ping_rcv"))
		return j->packet.icmp_type == 0 || j->packet.icmp_type == 129;
	/* groups that this host did not join: neighbour discovery, MLD */
	if (!strcmp(e->function, "ip6_mc_input"))
		return true;
	return starts(e->function, "packet_rcv") || starts(e->function, "tpacket_rcv") ||
	       starts(e->function, "netlink_") || starts(e->function, "unix_");
}
