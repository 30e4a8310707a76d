/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resets that begin where a packet is dropped, while it is: a rule sends one, and no probe says for
 * which packet.
 */
#ifndef WAYBILL_CAUSES_RESET_H
#define WAYBILL_CAUSES_RESET_H

#include "model/event.h"
#include "model/journey.h"

#define RESETS_MAX 64

struct resets {
	struct {
		uint64_t ts_ns; /* 0: none */
		uint32_t netns;
		struct wb_packet packet;
	} sent[RESETS_MAX];
	size_t next;
};

bool reset_is(const struct wb_packet *p);
/* Would p's sender take this answer, a reset or an ICMP error, for one to p? */
bool reset_goes_to(const struct wb_packet *answer, const struct wb_packet *p);

/* Notes an event if it is the first of a reset. */
void resets_note(struct resets *r, const struct wb_event *ev);
/* Was one sent where and while this packet was dropped, to who sent it? */
bool resets_answer(const struct resets *r, const struct journey *j);

#endif
