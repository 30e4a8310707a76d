/* SPDX-License-Identifier: GPL-2.0-only */
/* See connection.h. How the kernel is asked: ask_connection.c. */
#include "host/connection.h"

#include <errno.h>

#include "host/listing.h"
#include "model/packet.h"

int connection_ask(struct names *n, uint32_t inum, uint32_t ifindex, const struct wb_packet *p,
		   uint64_t after_ns, struct connection *ret)
{
	char here[64], there[64];
	json_t *o;

	packet_addr(p->family, p->daddr, here, sizeof(here));
	packet_addr(p->family, p->saddr, there, sizeof(there));
	host_ask_after(names_host(n), HOST_ASK_connection, inum,
		       json_pack("{s:s, s:i, s:s, s:i, s:I}", "src", here, "sport", p->dport, "dst",
				 there, "dport", p->sport, "ifindex", (json_int_t)ifindex),
		       after_ns, NULL, &o);
	*ret = (struct connection){.inode = (uint64_t)listed_number(o, "inode", 0),
				   .received = (uint64_t)listed_number(o, "received", 0),
				   .unread = (uint32_t)listed_number(o, "unread", 0)};
	if (!o)
		return -ENOENT;
	json_decref(o);
	return 0;
}
