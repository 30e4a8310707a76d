/* SPDX-License-Identifier: GPL-2.0-only */
/* See parts.h. */
#include "causes/parts.h"

#include "model/packet.h"

static uint64_t whole_of(const struct journey *j)
{
	for (size_t i = 0; i < j->n_links; i++)
		if (j->links[i].how == WB_LINK_FRAGMENT && j->links[i].is_parent)
			return j->links[i].other;
	return 0;
}

void parts_note(struct parts *p, const struct journey *j)
{
	struct part *part = &p->parts[p->next % PARTS_MAX];
	uint64_t whole = whole_of(j);

	if (!whole || (j->outcome != OUTCOME_DROPPED && j->outcome != OUTCOME_DELIVERED))
		return;
	p->next++;
	decider_unref(part->decider);
	*part = (struct part){.whole = whole,
			      .at = packet_fragment(&j->packet),
			      .arrived = j->outcome == OUTCOME_DELIVERED,
			      .decider = decider_ref(j->drop.decider)};
}

bool parts_concern(const struct journey *j)
{
	return j->cut_up && !j->part_lost &&
	       (j->outcome == OUTCOME_TRANSMITTED || j->outcome == OUTCOME_UNFINISHED);
}

bool parts_tell(const struct parts *p, struct journey *j)
{
	const struct part *lost = NULL;

	if (!parts_concern(j))
		return false;
	for (size_t i = 0; i < PARTS_MAX; i++) {
		const struct part *part = &p->parts[i];

		if (!part->whole || part->whole != j->id)
			continue;
		if (part->arrived) {
			j->outcome = OUTCOME_DELIVERED;
			return true;
		}
		if (!lost || part->at < lost->at)
			lost = part;
	}
	if (!lost)
		return false;
	j->outcome = OUTCOME_UNFINISHED;
	j->part_lost = true;
	j->part_at = lost->at;
	j->part_decider = decider_ref(lost->decider);
	return true;
}

void parts_clear(struct parts *p)
{
	for (size_t i = 0; i < PARTS_MAX; i++)
		decider_unref(p->parts[i].decider);
}
