/* SPDX-License-Identifier: GPL-2.0-only */
/* What was learned by standing at a hook alone is told as where functions are probed. */
#include "causes/unused_hooks.h"

#include <netinet/in.h>
#include <string.h>

/* What comes behind INPUT: the packet is handed to its protocol. */
static enum wb_station protocol_station(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return WB_STATION_TCP;
	case IPPROTO_UDP:
		return WB_STATION_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return WB_STATION_ICMP;
	default:
		return WB_STATION_NONE;
	}
}

/* Nothing happened there that anybody would want to know. */
static bool is_idle(const struct step *s)
{
	return s->unused && s->verdict == VERDICT_ACCEPT && !s->decider && !s->rewritten &&
	       !s->note[0] && !s->sock && !s->qdisc && !s->neigh;
}

/* The step's station instead of the hook; WB_STATION_NONE: there is none. */
static enum wb_station instead(const struct journey *j, size_t i)
{
	enum wb_station to = j->steps[i].station == WB_STATION_NF_INPUT
				     ? protocol_station(journey_last_packet(j)->proto)
				     : WB_STATION_NONE;

	return i + 1 < j->n_steps && j->steps[i + 1].station == to ? WB_STATION_NONE : to;
}

/* False: the step goes; the first one of a journey never does. */
static bool stays(struct journey *j, size_t i, bool first)
{
	struct step *s = &j->steps[i];
	enum wb_station to;

	if (!is_idle(s))
		return true;
	to = instead(j, i);
	if (to == WB_STATION_NONE)
		return first;
	s->station = to;
	s->verdict = VERDICT_NONE;
	return true;
}

void unused_hooks_leave(struct journey *j)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n_steps; i++)
		if (stays(j, i, !n))
			j->steps[n++] = j->steps[i];
	j->n_steps = n;
}
