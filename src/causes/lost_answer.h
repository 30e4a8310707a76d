/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors and resets that died on their way back. The packet that caused one looks answered,
 * and its sender waits all the same: a path MTU black hole is two drops, told as one story.
 */
#ifndef WAYBILL_CAUSES_LOST_ANSWER_H
#define WAYBILL_CAUSES_LOST_ANSWER_H

#include "model/journey.h"

#define LOST_ANSWERS_MAX 64

struct lost_answer {
	uint64_t ts_ns; /* of its first event; 0: none, or told */
	uint32_t netns; /* that sent it */
	struct wb_packet packet;
	struct decider *decider; /* reference owned, NULL unknown */
};

struct lost_answers {
	struct lost_answer lost[LOST_ANSWERS_MAX];
	size_t next;
};

/* Notes a journey if it is that of a dropped ICMP error or reset. */
void lost_answers_note(struct lost_answers *l, const struct journey *j);
/* Is it a packet whose sender learns of its end by such an answer, if that arrives? */
bool lost_answers_concern(const struct journey *j);
/* True: the answer to this packet is among those that were noted, which j now tells. */
bool lost_answers_tell(struct lost_answers *l, struct journey *j);
void lost_answers_clear(struct lost_answers *l);

#endif
