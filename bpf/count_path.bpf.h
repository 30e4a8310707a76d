/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paths and their sums, as the maps have them. What a path is, and who moves along it: count.bpf.h.
 */
#ifndef WAYBILL_COUNT_PATH_BPF_H
#define WAYBILL_COUNT_PATH_BPF_H

#include "identity.bpf.h"

static __always_inline void sums_add(__u64 path, const struct track *t, __s64 sign)
{
	static const struct wb_sums zero;
	struct wb_sums *s = bpf_map_lookup_elem(&sums, &path);

	if (!s) {
		bpf_map_update_elem(&sums, &path, &zero, BPF_NOEXIST);
		s = bpf_map_lookup_elem(&sums, &path);
		if (!s) {
			lose(WB_LOSS_SUMS_FULL);
			return;
		}
	}
	/* atomic: a softirq may come in between on this very CPU */
	__sync_fetch_and_add(&s->packets, sign);
	__sync_fetch_and_add(&s->segments, sign * t->segments);
	/* a constant 0 would be added by an atomic "or", which kernels before 5.12 don't know */
	__sync_fetch_and_add(&s->bytes, nothing + sign * t->len);
	__sync_fetch_and_add(&s->cost_ns, nothing + sign * t->cost_ns);
	__sync_fetch_and_add(&s->here_ns, nothing + sign * t->here_ns);
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

/* Was this path told, and from now on it was. */
static __always_inline int count_note(__u64 path)
{
	__u32 one = 1;

	if (bpf_map_lookup_elem(&paths, &path))
		return PATH_TOLD;
	switch (bpf_map_update_elem(&paths, &path, &one, BPF_NOEXIST)) {
	case 0:
		return PATH_NEW;
	case -17: /* EEXIST: another CPU was faster */
		return PATH_TOLD;
	}
	lose(WB_LOSS_PATHS_FULL);
	return PATH_NO_ROOM;
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
