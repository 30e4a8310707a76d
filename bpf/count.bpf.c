/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What counting does to the maps, in functions that the verifier walks once a program and not once
 * for each way that leads there: so they are given numbers only. Who counts what: count.bpf.h.
 */
#include "count_path.bpf.h"

#define STRANGER_NS 20000000

__noinline int sums_count(__u64 path, __u64 size, __u64 cost_ns, __u64 here_ns)
{
	static const struct wb_sums zero;
	struct wb_sums *s = bpf_map_lookup_elem(&sums, &path);
	__s64 sign = size >> 63 ? -1 : 1;

	if (!s) {
		bpf_map_update_elem(&sums, &path, &zero, BPF_NOEXIST);
		s = bpf_map_lookup_elem(&sums, &path);
		if (!s) {
			lose_here(WB_LOSS_SUMS_FULL);
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
	lose_here(WB_LOSS_PATHS_FULL);
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

static __always_inline void count_back(struct track *t)
{
	if (!(t->flags & TRACK_COUNTED))
		return;
	t->flags &= ~(TRACK_COUNTED | TRACK_DROPPED);
	sums_add(t->path, t, -1);
}

/*
 * TCP keeps the buffer of what it sent, so a drop at the receiver is not its end, and the address
 * may be used again unseen: long after the drop, on an sk_buff that the packet never had.
 */
static __always_inline bool is_stranger(const struct track *t, const struct meeting *m)
{
	__u64 age = ((m->ts_ns << 8) - (t->id & ~0xffULL)) >> 8;

	return t->flags & TRACK_DROPPED && m->skb != t->skb_first && age > t->cost_ns + STRANGER_NS;
}

/* A device of this namespace receives the packet: the first of its tracepoints is the time. */
static __always_inline void note_receive(struct track *t, const struct meeting *m)
{
	__u32 at = mix(m->netns, m->ifindex);

	if ((m->probe != WB_PROBE_TP_napi_gro_receive_entry &&
	     m->probe != WB_PROBE_TP_netif_receive_skb) ||
	    t->rx_at == at)
		return;
	t->rx_at = at;
	t->rx_ns = m->ts_ns;
}

/* Where the packet goes from its path through the event, and whether somebody went there before. */
static __always_inline __u64 count_on(struct meeting *m, bool *told)
{
	__u64 what, group = m->group, from = m->from;

	what = mix(m->kind | m->probe << 8 | (__u32)m->flags << 24 | (__u64)m->copy << 32,
		   (__u64)m->netns << 32 | m->ifindex);
	what = mix(mix(what, group), m->saying);
	FORGET(what);
	return count_step(group ? (from & ~WB_PATH_LEVEL) | (group & WB_PATH_LEVEL) : from, what,
			  told);
}

static __always_inline bool is_end(const struct meeting *m)
{
	return m->gone || m->kind == WB_KIND_DROP || m->flags & WB_EV_LAST ||
	       m->probe == WB_PROBE_TP_sk_data_ready ||
	       m->probe == WB_PROBE_TP_skb_copy_datagram_iovec;
}

__noinline int count_meet(void)
{
	struct cpu_ctx *c = cpu_ctx();
	struct scratch *s = c ? scratch_now(c) : NULL;
	struct meeting *m;
	struct track *t;
	__u64 path;
	bool told;

	if (!s)
		return -1;
	m = &s->meeting;
	barrier_var(m); /* one base for all that is read: the stack is short at the deepest probe */
	t = &m->track;
	if (is_stranger(t, m))
		return -1;
	if (t->flags & TRACK_WAITS) {
		/* a broadcast for several sockets: one of them is enough, as it is one packet */
		if (m->probe == WB_PROBE_TP_sk_data_ready)
			return -1;
		if (m->kind == WB_KIND_STEP) /* a free may come before the read is told, or after */
			c->reads_told = 1;
	}
	count_back(t);
	if (m->flags & WB_EV_FIRST) {
		t->segments = m->segments;
		t->skb_first = m->skb;
	}
	if (!t->len)
		t->len = m->len;
	note_receive(t, m);
	m->from = t->path;
	m->copy = m->skb != t->skb_first;
	path = count_on(m, &told);
	if (path)
		t->path = path;
	if (is_end(m))
		count_end(t, m->ts_ns);
	if (m->kind == WB_KIND_DROP)
		t->flags |= TRACK_DROPPED;
	return path && !told;
}
