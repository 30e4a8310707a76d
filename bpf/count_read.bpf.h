/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams that are read from a socket, where the read does not say which of those that waited it
 * took: each moves one of them from the path of the queue on to that of the read.
 */
#ifndef WAYBILL_COUNT_READ_BPF_H
#define WAYBILL_COUNT_READ_BPF_H

#include "count_path.bpf.h"
#include "track.bpf.h"

#define EARLY_NS 50000000 /* an emulated machine's CPU is away for longer than 5 ms */

/* The event of a read from a datagram socket. */
static __always_inline __u64 count_what_read(void)
{
	return mix(WB_KIND_SOCK, WB_PROBE_TP_sock_recv_length);
}

/* One datagram from the queue's end to that of the read. */
static __always_inline void count_move(__u64 from, __u64 to)
{
	static const struct track one = {.segments = 1};

	sums_add(from, &one, -1);
	sums_add(to, &one, 1);
}

/*
 * A datagram was queued by a socket, or read from it: which of those that wait, nobody tells. A
 * reader on another CPU can be faster than the tracepoint that tells of the queue.
 */
static __always_inline void count_queued(__u64 sk, __u64 path, __u64 now)
{
	static const struct waiting zero;
	struct waiting *w = bpf_map_lookup_elem(&waits, &sk);
	__u64 read;

	if (!w) {
		bpf_map_update_elem(&waits, &sk, &zero, BPF_NOEXIST);
		w = bpf_map_lookup_elem(&waits, &sk);
		if (!w)
			return;
	}
	w->path = path;
	if (w->early_ns && now - w->early_ns < EARLY_NS) {
		w->early_ns = 0;
		read = count_path(path, count_what_read());
		if (bpf_map_lookup_elem(&paths, &read)) {
			count_move(path, read);
			return;
		}
	}
	__sync_fetch_and_add(&w->n, 1);
}

/*
 * Where the read shows the packet, too, that was told first, on the same CPU (reads_told). True: it
 * is the first read on this path.
 */
static __always_inline bool count_read(struct hit *h, const struct wb_sock_body *b)
{
	struct waiting *w;
	__u64 path, from, sk = b->sk;
	bool told;

	told = h->cpu->reads_told;
	h->cpu->reads_told = 0;
	w = bpf_map_lookup_elem(&waits, &sk);
	if (!w)
		return false;
	if (told) {
		if (w->n > 0)
			__sync_fetch_and_add(&w->n, -1);
		return false;
	}
	if (w->n <= 0) {
		w->early_ns = h->ts_ns;
		return false;
	}
	from = w->path;
	path = count_step(from, count_what_read(), &told);
	if (!path)
		return false;
	__sync_fetch_and_add(&w->n, -1);
	count_move(from, path);
	h->path = path;
	h->parent = from;
	h->link = WB_LINK_PATH;
	return !told;
}

#endif
