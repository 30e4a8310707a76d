/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet in words: between whom, and what more its headers say. Its way is in text_step.c. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "model/icmp.h"
#include "output/text_step.h"

static void put_end(struct text *t, const struct wb_packet *p, bool source)
{
	char buf[64];

	packet_addr(p->family, source ? p->saddr : p->daddr, buf, sizeof(buf));
	if (!packet_has_ports(p))
		text_printf(t, "%s", buf);
	else if (p->family == 6)
		text_printf(t, "[%s]:%u", buf, source ? p->sport : p->dport);
	else
		text_printf(t, "%s:%u", buf, source ? p->sport : p->dport);
}

void text_unsent(struct text *t, const struct wb_packet *p)
{
	char name[24];

	text_upper(t, packet_proto_name(p, name, sizeof(name)));
	if (packet_has_addr(p->saddr)) {
		text_put(t, " ", 1);
		put_end(t, p, true);
	} else if (p->sport) {
		text_printf(t, " from port %u", p->sport);
	}
	if (packet_has_addr(p->daddr)) {
		text_put(t, " > ", 3);
		put_end(t, p, false);
	}
}

void text_packet_ends(struct text *t, const struct wb_packet *p)
{
	static const char flags[] = "FSRPAU";
	bool known = p->family || p->ethertype == 0x0806;
	char name[24];
	const char *proto = packet_proto_name(p, name, sizeof(name));

	if (!known) {
		text_printf(t, "ETHERTYPE %s", proto);
		return;
	}
	text_upper(t, proto);
	text_put(t, " ", 1);
	put_end(t, p, true);
	text_put(t, " > ", 3);
	put_end(t, p, false);
	if (icmp_name(p))
		text_printf(t, " %s", icmp_name(p));
	if (p->family && p->proto == IPPROTO_TCP) {
		text_put(t, " [", 2);
		for (int i = 0; flags[i]; i++)
			if (p->tcp_flags & 1 << i)
				text_put(t, &flags[i], 1);
		text_put(t, "]", 1);
	}
	if (p->family && packet_fragment(p) >= 0)
		text_printf(t, " fragment at %d", packet_fragment(p));
}

void text_packet_more(struct text *t, const struct wb_packet *p, uint32_t len)
{
	if (p->family && p->proto == IPPROTO_TCP && packet_fragment(p) <= 0) {
		text_printf(t, " seq %u", p->tcp_seq);
		if (p->tcp_flags & TH_ACK)
			text_printf(t, " ack %u", p->tcp_ack);
		if (p->tcp_window)
			text_printf(t, " win %u", p->tcp_window);
	}
	text_printf(t, " len %u", len);
	if (p->segments > 1)
		text_printf(t, " in %u segments", p->segments);
}

void text_packet(struct text *t, const struct wb_packet *p, uint32_t len)
{
	text_packet_ends(t, p);
	text_printf(t, " len %u", len);
	if (p->segments > 1)
		text_printf(t, " in %u segments", p->segments);
}
