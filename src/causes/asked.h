/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions for a link address, and answers to them, that were dropped: who waits for one learns
 * seconds later only that nobody answered. The answer's or the question's own journey knows why.
 */
#ifndef WAYBILL_CAUSES_ASKED_H
#define WAYBILL_CAUSES_ASKED_H

#include "model/journey.h"

#define ASKED_MAX 64

struct asked_one {
	uint64_t ts_ns; /* 0: none */
	struct wb_packet packet;
	char netns[64];		 /* where it was dropped */
	struct decider *decider; /* reference owned */
};

struct asked {
	struct asked_one dropped[ASKED_MAX];
	size_t next;
};

/* Notes a journey if it is that of a dropped ARP packet, or of neighbour discovery's. */
void asked_note(struct asked *a, const struct journey *j);
/* Of a next hop that did not answer: adds who dropped the question for it, or the answer. True: it
 * did. */
bool asked_tell(const struct asked *a, struct journey *j);
void asked_clear(struct asked *a);

#endif
