/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP segments that were printed, so that one that is sent again is told with the first's number.
 */
#ifndef WAYBILL_CMD_RESENT_H
#define WAYBILL_CMD_RESENT_H

#include "model/journey.h"

#define RESENT_MAX 8192

struct resent_segment {
	uint64_t flow, number;
	uint32_t seq, netns, ifindex;
	uint8_t station, flags, saddr_end;
};
struct resent {
	struct resent_segment
		segments[RESENT_MAX]; /* by a hash; the newest of two that share one */
};

/* Sets the journey's retransmission_of, if it is one, and remembers it by its number. */
void resent_look(struct resent *r, struct journey *j);

#endif
