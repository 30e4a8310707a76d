/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counting does to the maps, in functions that the verifier walks once a program and not once
 * for each way that leads there: so they are given numbers only. Who counts what: count.bpf.h.
 */
#include "count_path.bpf.h"

__noinline int sums_count(__u64 path, __u64 size, __u64 cost_ns, __u64 here_ns)
{
	static const struct wb_sums zero;
	struct wb_sums *s = bpf_map_lookup_elem(&sums, &path);
	__s64 sign = size >> 63 ? -1 : 1;

	if (!s) {
		bpf_map_update_elem(&sums, &path, &zero, BPF_NOEXIST);
		s = bpf_map_lookup_elem(&sums, &path);
		if (!s) {
			lose(WB_LOSS_SUMS_FULL);
			return 0;
		}
	}
	/* atomic: a softirq may come in between on this very CPU */
	__sync_fetch_and_add(&s->packets, sign);
	__sync_fetch_and_add(&s->segments, sign * (__u16)(size >> 32));
	/* a constant 0 would be added by an atomic "or", which kernels before 5.12 don't know */
	__sync_fetch_and_add(&s->bytes, nothing + sign * (__u32)size);
	__sync_fetch_and_add(&s->cost_ns, nothing + sign * cost_ns);
	__sync_fetch_and_add(&s->here_ns, nothing + sign * here_ns);
	return 0;
}

__noinline int count_note(__u64 path)
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

/* Is there such a group, or room for it? */
static __always_inline bool group_has_room(__u32 group, __u32 level)
{
	__u32 key = group + level, one = 1;

	if (bpf_map_lookup_elem(&groups, &key))
		return true;
	if (n_groups[level] >= (level ? WB_COARSE_MAX : WB_GROUPS_MAX) ||
	    bpf_map_update_elem(&groups, &key, &one, BPF_NOEXIST) == -7 /* E2BIG */)
		return false;
	__sync_fetch_and_add(&n_groups[level], 1);
	return true;
}

__noinline __u64 group_with_room(__u64 alike_and_senders, __u32 targets, __u64 from, __u32 eth)
{
	const __u32 group[WB_LEVELS] = {
		[WB_LEVEL_ALIKE] = alike_and_senders,
		[WB_LEVEL_SENDERS] = alike_and_senders >> 32,
		[WB_LEVEL_TARGETS] = targets,
	};

#pragma unroll
	for (__u32 level = 0; level < WB_LEVELS; level++)
		if (level >= (from & WB_PATH_LEVEL) && group_has_room(group[level], level))
			return group_number(group[level], level);
	return group_number(eth, WB_LEVEL_MIXED);
}
