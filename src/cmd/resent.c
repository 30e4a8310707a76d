/* SPDX-License-Identifier: GPL-2.0-only */
/* See resent.h. */
#include "cmd/resent.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

/* Does the segment take room in the sequence, so that to see it twice is to be sent again? */
static bool counts(const struct journey *j)
{
	const struct wb_packet *p = &j->packet;

	if (!j->has_packet || !p->family || p->proto != IPPROTO_TCP || !j->n_steps ||
	    packet_fragment(p) >= 0 || p->tcp_flags & TH_RST)
		return false;
	for (size_t i = 0; i < j->n_links; i++)
		if (j->links[i].is_parent) /* a copy of one that was sent once */
			return false;
	return p->payload || p->tcp_flags & (TH_SYN | TH_FIN);
}

static bool same(const struct resent_segment *a, const struct resent_segment *b)
{
	return a->flow == b->flow && a->seq == b->seq && a->netns == b->netns &&
	       a->ifindex == b->ifindex && a->station == b->station && a->flags == b->flags &&
	       a->saddr_end == b->saddr_end;
}

void resent_look(struct resent *r, struct journey *j)
{
	const struct wb_packet *p = &j->packet;
	struct resent_segment s, *known;
	uint64_t hash;

	if (!counts(j))
		return;
	s = (struct resent_segment){.flow = j->flow_id,
				    .number = j->number,
				    .seq = p->tcp_seq,
				    .netns = j->steps[0].at.netns_inum,
				    .ifindex = j->steps[0].at.ifindex,
				    .station = j->steps[0].station,
				    .flags = p->tcp_flags & (TH_SYN | TH_FIN),
				    .saddr_end = p->saddr[p->family == 6 ? 15 : 3]};
	hash = (s.flow ^ (uint64_t)s.seq << 20 ^ s.netns ^ (uint64_t)s.station << 8 ^ s.saddr_end) *
	       0x9e3779b97f4a7c15ULL;
	known = &r->segments[hash >> 51];
	if (known->number && same(known, &s))
		j->retransmission_of = known->number;
	else
		*known = s;
}
