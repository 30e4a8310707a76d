/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was let through a moment ago, and which connection tracking saw: a rule that drops the
 * answer as something new drops it because conntrack does not know that it is one.
 */
#ifndef WAYBILL_CAUSES_PASSED_H
#define WAYBILL_CAUSES_PASSED_H

#include "host/names.h"
#include "model/journey.h"

#define PASSED_MAX   256
#define PASSED_NETNS 3

struct passed_one {
	uint64_t ts_ns;		 /* 0: none */
	struct wb_packet packet; /* as it was at its end */
	struct {
		uint32_t netns; /* 0: none */
		uint16_t zone;
	} tracked[PASSED_NETNS];
};

struct passed {
	struct passed_one through[PASSED_MAX];
	size_t next;
};

void passed_note(struct passed *a, const struct journey *j);
/*
 * Of an answer that a rule dropped, and that conntrack took for new or was not to see: adds why
 * that is. True: it did.
 */
bool passed_tell(const struct passed *a, struct names *n, struct journey *j);

#endif
