/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets of which NAT changed an address, as evidence for their answers: one that comes back past
 * the NAT of a destination has the wrong source, and whoever asked does not know it; one that comes
 * back to a new source which NAT has forgotten finds nobody there.
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
		uint32_t inum;
		bool source;
	} packets[TRANSLATED_MAX];
	size_t next;
};

/* Notes a journey if it was translated. */
void translated_note(struct translated *t, const struct journey *j);
/*
 * Did NAT lead j to where it found no socket, neighbour or route, or is it the answer to one that
 * was noted? Its decider says so.
 */
void translated_tell(const struct translated *t, struct journey *j);

#endif
