/* SPDX-License-Identifier: GPL-2.0-only */
/* See lost_answer.h. */
#include "causes/lost_answer.h"

#include <netinet/in.h>
#include <string.h>

#include "causes/reset.h"
#include "model/icmp.h"
#include "util/clock.h"

#define SAME_MOMENT_NS (20 * MS_NS) /* the answer is sent while its packet is being dropped */

/* Where its first step was, the answer was made; of one that only its end is known of: there. */
static uint32_t made_in(const struct journey *j)
{
	return j->n_steps ? j->steps[0].at.netns_inum : j->drop.at.netns_inum;
}

void lost_answers_note(struct lost_answers *l, const struct journey *j)
{
	struct lost_answer *a = &l->lost[l->next % LOST_ANSWERS_MAX];

	if (j->outcome != OUTCOME_DROPPED || !(icmp_is_error(&j->packet) || reset_is(&j->packet)))
		return;
	l->next++;
	decider_unref(a->decider);
	a->ts_ns = j->ts_ns;
	a->netns = made_in(j);
	a->packet = j->packet;
	a->decider = decider_ref(j->drop.decider);
}

bool lost_answers_concern(const struct journey *j)
{
	if (j->outcome != OUTCOME_DROPPED || j->answer_lost)
		return false;
	/* a kernel without function probes does not show who sends an ICMPv6 error */
	if (!j->has_icmp && j->packet.family != 6 && j->packet.proto != IPPROTO_TCP)
		return false;
	return !strcmp(j->sender_sees, "unreachable") || !strcmp(j->sender_sees, "refused");
}

static bool is_about(const struct lost_answer *a, const struct journey *j)
{
	uint64_t end = j->ts_ns + j->duration_ns;

	if (!a->ts_ns || a->ts_ns < j->ts_ns || a->ts_ns > end + SAME_MOMENT_NS)
		return false;
	/* NAT may have given the packet another sender */
	return a->netns == j->drop.at.netns_inum &&
	       (reset_goes_to(&a->packet, &j->packet) ||
		reset_goes_to(&a->packet, journey_last_packet(j)));
}

bool lost_answers_tell(struct lost_answers *l, struct journey *j)
{
	if (!lost_answers_concern(j))
		return false;
	for (size_t i = 0; i < LOST_ANSWERS_MAX; i++) {
		struct lost_answer *a = &l->lost[i];

		if (!is_about(a, j))
			continue;
		a->ts_ns = 0; /* each answer is to one packet */
		if (!reset_is(&a->packet)) {
			j->icmp.family = a->packet.family;
			j->icmp.type = a->packet.icmp_type;
			j->icmp.code = a->packet.icmp_code;
			j->has_icmp = true;
		}
		j->answer_lost = true;
		j->answer_decider = decider_ref(a->decider);
		return true;
	}
	return false;
}

void lost_answers_clear(struct lost_answers *l)
{
	for (size_t i = 0; i < LOST_ANSWERS_MAX; i++)
		decider_unref(l->lost[i].decider);
}
