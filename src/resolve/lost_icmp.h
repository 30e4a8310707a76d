/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors that died on their way back. The packet that caused one looks answered, and its
 * sender waits all the same: a path MTU black hole is two drops, told as one story.
 */
#ifndef WAYBILL_RESOLVE_LOST_ICMP_H
#define WAYBILL_RESOLVE_LOST_ICMP_H

#include "model/journey.h"

#define LOST_ICMP_MAX 32

struct lost_icmp {
	struct {
		uint64_t ts_ns;
		uint32_t netns;
		uint8_t family, to[16];
		struct decider *decider;
	} lost[LOST_ICMP_MAX];
	size_t next;
};

/* Notes a journey that is a dropped ICMP error; tells one that such an error was about. */
void lost_icmp_see(struct lost_icmp *l, struct journey *j);
void lost_icmp_clear(struct lost_icmp *l);

#endif
