/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of which NAT changed the destination, as evidence for their answers: one that comes back
 * past that NAT has the wrong source, and whoever asked does not know it.
 */
#ifndef WAYBILL_CAUSES_TRANSLATED_H
#define WAYBILL_CAUSES_TRANSLATED_H

#include "model/journey.h"

#define TRANSLATED_MAX 64

struct translated {
	struct {
		uint64_t ts_ns; /* of its first event; 0: none */
		struct wb_packet sent, arrived;
		char netns[64]; /* where it was translated */
	} packets[TRANSLATED_MAX];
	size_t next;
};

/* Notes a journey if its destination was translated. */
void translated_note(struct translated *t, const struct journey *j);
/*
 * Did NAT lead j to where it found no socket, neighbour or route, or is it the answer to one that
 * was noted? Its decider says so.
 */
void translated_tell(const struct translated *t, struct journey *j);

#endif
