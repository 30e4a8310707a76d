/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths and their sums, as the maps have them. What a path is, and who moves along it: count.bpf.h.
 */
#ifndef WAYBILL_COUNT_PATH_BPF_H
#define WAYBILL_COUNT_PATH_BPF_H

#include "hash.bpf.h"
#include "waybill/count.h"

#define SUMS_SIZE(len, segments, sign)                                                             \
	((__u64)(len) | (__u64)(segments) << 32 | ((sign) < 0 ? 1ULL << 63 : 0))

/* Adds a packet to a path's sums, or takes it back; size: SUMS_SIZE(). 0. */
int sums_count(__u64 path, __u64 size, __u64 cost_ns, __u64 here_ns);

static __always_inline void sums_add(__u64 path, const struct track *t, __s64 sign)
{
	sums_count(path, SUMS_SIZE(t->len, t->segments, sign), t->cost_ns, t->here_ns);
}

/* A path's number: a hash, never 0, with the level in its low bits. */
static __always_inline __u64 path_number(__u64 hash, __u64 level)
{
	return (hash & ~WB_PATH_LEVEL) | (WB_PATH_LEVEL + 1) | (level & WB_PATH_LEVEL);
}

/* A group as it goes into a path's number. */
static __always_inline __u64 group_number(__u32 group, __u64 level)
{
	return path_number((__u64)group << 3, level);
}

static __always_inline __u64 count_path(__u64 from, __u64 what)
{
	return path_number(mix(from, what), from);
}

enum { PATH_NEW, PATH_TOLD, PATH_NO_ROOM };

static __always_inline void count_end(struct track *t, __u64 now)
{
	t->cost_ns = ((now << 8) - (t->id & ~0xffULL)) >> 8;
	t->here_ns = t->rx_ns ? now - t->rx_ns : t->cost_ns;
	t->flags |= TRACK_COUNTED;
	sums_add(t->path, t, 1);
}

/*
 * What stands in the scratch's `meeting` meets an event. 1: it is the first on this path; 0: others
 * went there before; -1: the event is none of its.
 */
int count_meet(void);

/* Was this path told, and from now on it was. PATH_*. */
int count_note(__u64 path);

/* The first of these groups, from the level of a path on, that there is or that has room. */
__u64 group_with_room(__u64 alike_and_senders, __u32 targets, __u64 from, __u32 eth);

/*
 * The group of a new or rewritten packet, with its level as in a path's number: the first level
 * from that of its path on that has room. What was once told apart by less stays so.
 */
static __always_inline __u64 count_group(const __u32 *group, __u64 from, __u32 eth)
{
	return group_with_room(group[WB_LEVEL_ALIKE] | (__u64)group[WB_LEVEL_SENDERS] << 32,
			       group[WB_LEVEL_TARGETS], from, eth);
}

/* The path from here through this event; told: it was met before. 0: there is no room for it. */
static __always_inline __u64 count_step(__u64 from, __u64 what, bool *told)
{
	__u64 path = count_path(from, what);
	int r = count_note(path);

	FORGET(r);
	*told = r == PATH_TOLD;
	return r == PATH_NO_ROOM ? 0 : path;
}

#endif
