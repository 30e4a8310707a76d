/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors that died on their way back. The packet that caused one looks answered, and its
 * sender waits all the same: a path MTU black hole is two drops, told as one story.
 */
#ifndef WAYBILL_RESOLVE_LOST_ICMP_H
#define WAYBILL_RESOLVE_LOST_ICMP_H

#include "model/journey.h"

#define LOST_ICMP_MAX 64

struct lost_icmp_error {
	uint64_t ts_ns; /* 0: told */
	uint32_t netns; /* that sent it */
	uint8_t to[16];
	struct wb_icmp_body says;
	struct decider *decider; /* reference owned, NULL unknown */
};

struct lost_icmp {
	struct lost_icmp_error lost[LOST_ICMP_MAX];
	size_t next;
};

/* Notes a journey if it is that of a dropped ICMP error. */
void lost_icmp_note(struct lost_icmp *l, const struct journey *j);
/* Is it a packet whose sender learns of its end by such an error, if that arrives? */
bool lost_icmp_concerns(const struct journey *j);
/* True: the error about this packet is among those that were noted, which j now tells. */
bool lost_icmp_tell(struct lost_icmp *l, struct journey *j);
void lost_icmp_clear(struct lost_icmp *l);

#endif
