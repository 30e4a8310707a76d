/* SPDX-License-Identifier: GPL-2.0-only */
/* See reset.h. */
#include "causes/reset.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

bool reset_is(const struct wb_packet *p)
{
	return p->family && p->proto == IPPROTO_TCP && p->tcp_flags & TH_RST;
}

bool reset_goes_to(const struct wb_packet *answer, const struct wb_packet *p)
{
	if (answer->family != p->family || memcmp(answer->daddr, p->saddr, sizeof(p->saddr)))
		return false;
	return !reset_is(answer) ||
	       (p->proto == IPPROTO_TCP && answer->dport == p->sport && answer->sport == p->dport);
}

void resets_note(struct resets *r, const struct wb_event *ev)
{
	struct event_parts parts;
	size_t i;

	if (!(ev->flags & WB_EV_FIRST) || !event_open(ev, ev->size, &parts) || !parts.packet ||
	    !reset_is(parts.packet))
		return;
	i = r->next++ % RESETS_MAX;
	r->sent[i].ts_ns = ev->ts_ns;
	r->sent[i].netns = ev->netns;
	r->sent[i].packet = *parts.packet;
}

bool resets_answer(const struct resets *r, const struct journey *j)
{
	if (j->packet.proto != IPPROTO_TCP || j->varies)
		return false;
	for (size_t i = 0; i < RESETS_MAX; i++)
		if (r->sent[i].ts_ns >= j->ts_ns && r->sent[i].netns == j->drop.at.netns_inum &&
		    r->sent[i].ts_ns <= j->ts_ns + j->duration_ns &&
		    reset_goes_to(&r->sent[i].packet, journey_last_packet(j)))
			return true;
	return false;
}
