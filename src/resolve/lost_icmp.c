/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors that died on their way back. */
#include "resolve/lost_icmp.h"

#include <string.h>

#define SAME_MOMENT_NS 20000000ULL /* the error is sent while its packet is being dropped */

static bool is_error(const struct wb_packet *p)
{
	if (p->proto == 1)
		return p->icmp_type == 3 || p->icmp_type == 11 || p->icmp_type == 12;
	return p->proto == 58 && p->icmp_type < 128;
}

static void note(struct lost_icmp *l, const struct journey *j)
{
	size_t i = l->next++ % LOST_ICMP_MAX;

	decider_unref(l->lost[i].decider);
	l->lost[i].ts_ns = j->ts_ns;
	l->lost[i].netns = j->drop.at.netns_inum;
	l->lost[i].family = j->packet.family;
	memcpy(l->lost[i].to, j->packet.daddr, sizeof(l->lost[i].to));
	l->lost[i].decider = decider_ref(j->drop.decider);
}

void lost_icmp_see(struct lost_icmp *l, struct journey *j)
{
	uint64_t end = j->ts_ns + j->duration_ns;

	if (j->outcome != OUTCOME_DROPPED)
		return;
	if (is_error(&j->packet))
		note(l, j);
	for (size_t i = 0; i < LOST_ICMP_MAX && j->has_icmp && !j->icmp_lost; i++) {
		uint64_t at = l->lost[i].ts_ns;

		if (!at || at < j->ts_ns || at > end + SAME_MOMENT_NS ||
		    l->lost[i].netns != j->drop.at.netns_inum ||
		    l->lost[i].family != j->packet.family ||
		    memcmp(l->lost[i].to, j->packet.saddr, sizeof(l->lost[i].to)))
			continue;
		j->icmp_lost = true;
		j->icmp_decider = decider_ref(l->lost[i].decider);
	}
}

void lost_icmp_clear(struct lost_icmp *l)
{
	for (size_t i = 0; i < LOST_ICMP_MAX; i++)
		decider_unref(l->lost[i].decider);
}
