/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Journeys chosen by what became of them and by whose packets they were (--where, --pid, --comm,
 * --cgroup, --mark): asked of finished journeys, beside the filter that the kernel asks of packets.
 */
#ifndef WAYBILL_CMD_CHOOSE_H
#define WAYBILL_CMD_CHOOSE_H

#include "cmd/options.h"
#include "model/journey.h"

struct condition {
	int key;
	bool negated;
	const char *value;
};

struct choose {
	const struct options *o; /* NULL: everything passes */
	struct condition where[WORDS_MAX];
	uint32_t mark, mask;
};

/* An exit code; what is wrong was printed. */
int choose_parse(struct choose *c, const struct options *o);
/* At once when its packet has ended: the process may be gone a moment later (--cgroup). */
bool choose_at_end(const struct choose *c, const struct journey *j);
/* The journey has its names, its fate and its decider. */
bool choose_passes(const struct choose *c, const struct journey *j);
/* Did it pass, or end, in this namespace (name or number), or, where netns is NULL, at this device?
 */
bool choose_was_at(const struct journey *j, const char *netns, const char *dev);

#endif
