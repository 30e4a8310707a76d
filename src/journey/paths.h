/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths of packets that are counted in the kernel: each event came once, from the first packet that
 * met it, with a link to the path before it. Put together, a path's events are one journey, that
 * stands for all packets that ended on it. Pure, as all of this room.
 */
#ifndef WAYBILL_JOURNEY_PATHS_H
#define WAYBILL_JOURNEY_PATHS_H

#include "model/journey.h"

struct paths;

int paths_new(struct paths **ret); /* 0 or -ENOMEM */
void paths_free(struct paths *p);

/* An event whose id is a path, or the link between two. 0, -EINVAL: it is neither, or -ENOMEM. */
int paths_add(struct paths *p, const struct wb_event *ev);

/*
 * The journey of the packets that ended on this path; its times mean nothing but their order. The
 * caller clears it. -ENOENT: an event of the path did not come (yet).
 */
int paths_journey(const struct paths *p, uint64_t path, struct journey *ret);

size_t paths_count(const struct paths *p);
/*
 * How old paths are let go: all are doomed, some kept with all that lead to them, and what is still
 * doomed when it is swept goes. To tell a path again keeps it, too.
 */
void paths_doom(struct paths *p);
void paths_keep(struct paths *p, uint64_t path);
void paths_each_doomed(const struct paths *p, void (*fn)(void *arg, uint64_t path), void *arg);
void paths_sweep(struct paths *p);

#endif
