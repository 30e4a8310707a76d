/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors that died on their way back. */
#include "resolve/lost_icmp.h"

#include <string.h>

#include "model/icmp.h"

#define SAME_MOMENT_NS 20000000ULL /* the error is sent while its packet is being dropped */

/* Where its first step was, the error was made; of one that only its end is known of: there. */
static uint32_t made_in(const struct journey *j)
{
	return j->n_steps ? j->steps[0].at.netns_inum : j->drop.at.netns_inum;
}

void lost_icmp_note(struct lost_icmp *l, const struct journey *j)
{
	struct lost_icmp_error *e = &l->lost[l->next % LOST_ICMP_MAX];

	if (j->outcome != OUTCOME_DROPPED || !icmp_is_error(&j->packet))
		return;
	l->next++;
	decider_unref(e->decider);
	e->ts_ns = j->ts_ns;
	e->netns = made_in(j);
	e->says.family = j->packet.family;
	e->says.type = j->packet.icmp_type;
	e->says.code = j->packet.icmp_code;
	memcpy(e->to, j->packet.daddr, sizeof(e->to));
	e->decider = decider_ref(j->drop.decider);
}

bool lost_icmp_concerns(const struct journey *j)
{
	if (j->outcome != OUTCOME_DROPPED || j->icmp_lost || j->sent_reset)
		return false;
	/* a kernel without function probes does not show who sends an ICMPv6 error */
	if (!j->has_icmp && j->packet.family != 6)
		return false;
	return !strcmp(j->sender_sees, "unreachable") || !strcmp(j->sender_sees, "refused");
}

static bool is_about(const struct lost_icmp_error *e, const struct journey *j)
{
	uint64_t end = j->ts_ns + j->duration_ns;

	if (!e->ts_ns || e->ts_ns < j->ts_ns || e->ts_ns > end + SAME_MOMENT_NS)
		return false;
	/* NAT may have given the packet another sender */
	return e->netns == j->drop.at.netns_inum && e->says.family == j->packet.family &&
	       (!memcmp(e->to, j->packet.saddr, sizeof(e->to)) ||
		!memcmp(e->to, journey_last_packet(j)->saddr, sizeof(e->to)));
}

bool lost_icmp_tell(struct lost_icmp *l, struct journey *j)
{
	if (!lost_icmp_concerns(j))
		return false;
	for (size_t i = 0; i < LOST_ICMP_MAX; i++) {
		struct lost_icmp_error *e = &l->lost[i];

		if (!is_about(e, j))
			continue;
		e->ts_ns = 0; /* each error is about one packet */
		j->icmp = e->says;
		j->has_icmp = true;
		j->icmp_lost = true;
		j->icmp_decider = decider_ref(e->decider);
		return true;
	}
	return false;
}

void lost_icmp_clear(struct lost_icmp *l)
{
	for (size_t i = 0; i < LOST_ICMP_MAX; i++)
		decider_unref(l->lost[i].decider);
}
