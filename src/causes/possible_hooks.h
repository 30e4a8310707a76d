/* SPDX-License-Identifier: GPL-2.0-only */
/* At which netfilter hooks a packet can have died that no probe saw at one. */
#ifndef WAYBILL_CAUSES_POSSIBLE_HOOKS_H
#define WAYBILL_CAUSES_POSSIBLE_HOOKS_H

#include "causes/ending.h"

struct firewall;
struct names;

/* One bit a station. */
static inline bool hooks_have(uint64_t hooks, enum wb_station s)
{
	return hooks >> s & 1;
}

/* Those that lie behind last, the place where it was last (NULL: it was seen nowhere). */
uint64_t hooks_behind(const struct journey *j, const struct step *last, const struct ending *e);

/* Less those that would have told of it. */
uint64_t hooks_unwatched(const struct journey *j);

/* Is it more than the one that j->drop names? */
bool hooks_several(const struct journey *j);

/* A packet that comes to this hook doesn't leave it: it was at none behind. */
void hooks_end_at(struct journey *j, enum wb_station hook);

/*
 * Takes INPUT, or FORWARD and what follows it, away from j->drop's if the namespace's tables say
 * that its destination is none of it. False: they could not be asked, and it makes a difference.
 */
bool hooks_by_tables(struct names *n, const struct firewall *f, struct journey *j);

#endif
