/* SPDX-License-Identifier: GPL-2.0-only */
/* The per-CPU sums of paths and of losses, and the packets that nothing was seen of for long. */
#include "collect/counts.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "waybill/track.h"

#define BATCH	  1024
#define WAITS_MAX 32768 /* twice as many as there are */

static int read_sums(const struct attach *a, int cpus, collect_count_fn fn, void *arg)
{
	struct wb_sums *parts = calloc(cpus, sizeof(*parts));
	int fd = attach_map_fd(a, "sums"), r = parts ? 0 : -ENOMEM;
	uint64_t key, *before = NULL;

	/* only this process takes anything out, so the keys can be walked */
	for (; !r && !bpf_map_get_next_key(fd, before, &key); before = &key) {
		if (bpf_map_lookup_elem(fd, &key, parts))
			continue;
		for (int i = 0; i < cpus && !r; i++)
			r = fn(arg, key, &parts[i]);
	}
	free(parts);
	return r;
}

#define SLOTS_AT_ONCE 256

/*
 * The slots from *at on, at most SLOTS_AT_ONCE: one system call, or one a slot before 5.13
 * (percpu_array_map_ops, map_lookup_batch). How many; 0: there are no more.
 */
static uint32_t next_slots(int fd, uint32_t *at, struct wb_slot *slots, int cpus)
{
	uint32_t keys[SLOTS_AT_ONCE], next, n = SLOTS_AT_ONCE;
	int r;

	if (*at >= WB_SLOTS)
		return 0;
	/* in an array the place to go on from is the last key that was read */
	next = *at - 1;
	r = bpf_map_lookup_batch(fd, *at ? &next : NULL, &next, keys, slots, &n, NULL);
	if (r && r != -ENOENT)
		for (n = 0; n < SLOTS_AT_ONCE && *at + n < WB_SLOTS; n++) {
			uint32_t key = *at + n;

			if (bpf_map_lookup_elem(fd, &key, slots + (size_t)n * cpus))
				break;
		}
	*at += n;
	return n;
}

static int read_slots(const struct attach *a, int cpus, collect_count_fn fn, void *arg)
{
	struct wb_slot *slots = calloc((size_t)SLOTS_AT_ONCE * cpus, sizeof(*slots));
	int fd = attach_map_fd(a, "slots"), r = slots ? 0 : -ENOMEM;
	uint32_t at = 0, n = 0;

	while (!r && (n = next_slots(fd, &at, slots, cpus)))
		for (uint32_t i = 0; i < n * cpus && !r; i++)
			if (slots[i].path)
				r = fn(arg, slots[i].path, &slots[i].sums);
	free(slots);
	return r;
}

int counts_read(const struct attach *a, collect_count_fn fn, void *arg)
{
	return read_sums(a, libbpf_num_possible_cpus(), fn, arg);
}

int counts_read_slots(const struct attach *a, collect_count_fn fn, void *arg)
{
	return read_slots(a, libbpf_num_possible_cpus(), fn, arg);
}

bool counts_forget_sums(const struct attach *a, uint64_t path)
{
	return !bpf_map_delete_elem(attach_map_fd(a, "sums"), &path);
}

void counts_forget_path(const struct attach *a, uint64_t path)
{
	bpf_map_delete_elem(attach_map_fd(a, "paths"), &path);
}

void counts_forget_groups(const struct attach *a)
{
	int fd = attach_map_fd(a, "groups");
	uint32_t key;

	while (!bpf_map_get_next_key(fd, NULL, &key) && !bpf_map_delete_elem(fd, &key))
		;
	attach_forget_groups(a);
}

void counts_looked(const struct attach *a, uint64_t *n)
{
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(attach_map_fd(a, "looked"), &zero, n))
		memset(n, 0, attach_n_rings(a) * sizeof(*n));
}

void counts_losses(const struct attach *a, uint64_t loss[WB_LOSS_MAX])
{
	int fd = attach_map_fd(a, "losses"), cpus = libbpf_num_possible_cpus();
	uint64_t *values = calloc(cpus, sizeof(*values));

	memset(loss, 0, WB_LOSS_MAX * sizeof(*loss));
	for (uint32_t i = 0; values && i < WB_LOSS_MAX; i++) {
		if (bpf_map_lookup_elem(fd, &i, values))
			continue;
		for (int j = 0; j < cpus; j++)
			loss[i] += values[j];
	}
	free(values);
}

/* Takes the packet out; false: the kernel was faster, and counts it. */
static bool take_out(const struct attach *a, uint64_t head, const struct track *t)
{
	if (bpf_map_delete_elem(attach_map_fd(a, "tracks"), &head))
		return false;
	attach_forget_track(a);
	bpf_map_delete_elem(attach_map_fd(a, "skbs"), &t->skb);
	return true;
}

static int silent(const struct attach *a, uint64_t head, const struct track *t, uint64_t before_ns,
		  collect_count_fn fn, void *arg)
{
	struct wb_sums sum = {.packets = 1, .segments = t->segments, .bytes = t->len};

	if (t->seen_ns > before_ns || !take_out(a, head, t))
		return 0;
	if (t->flags & (TRACK_COUNTED | TRACK_FREED) || !t->path)
		return 0;
	sum.here_ns = t->rx_ns ? t->seen_ns - t->rx_ns : 0;
	sum.cost_ns = ((t->seen_ns << 8) - (t->id & ~0xffULL)) >> 8;
	return fn(arg, t->path, &sum);
}

typedef int (*track_fn)(const struct attach *a, uint64_t head, const struct track *t,
			uint64_t before_ns, collect_count_fn fn, void *arg);

static int each_track(const struct attach *a, track_fn each, uint64_t before_ns,
		      collect_count_fn fn, void *arg)
{
	int fd = attach_map_fd(a, "tracks"), r = 0, e = 0;
	struct track *tracks = calloc(BATCH, sizeof(*tracks));
	uint64_t *heads = calloc(BATCH, sizeof(*heads));
	uint32_t in, out;
	void *from = NULL;

	if (!tracks || !heads)
		r = -ENOMEM;
	while (!r && !e) {
		uint32_t n = BATCH;

		e = bpf_map_lookup_batch(fd, from, &out, heads, tracks, &n, NULL);
		if (e && errno != ENOENT) {
			r = -errno;
			break;
		}
		in = out;
		from = &in;
		for (uint32_t i = 0; i < n && !r; i++)
			r = each(a, heads[i], &tracks[i], before_ns, fn, arg);
	}
	free(tracks);
	free(heads);
	return r;
}

int counts_silent(const struct attach *a, uint64_t before_ns, collect_count_fn fn, void *arg)
{
	return each_track(a, silent, before_ns, fn, arg);
}

static int in_use(const struct attach *a, uint64_t head, const struct track *t, uint64_t before_ns,
		  collect_count_fn fn, void *arg)
{
	(void)a;
	(void)head;
	(void)before_ns;
	return t->path ? fn(arg, t->path, NULL) : 0;
}

int counts_in_use(const struct attach *a, collect_count_fn fn, void *arg)
{
	int fd = attach_map_fd(a, "waits"), r = each_track(a, in_use, 0, fn, arg);
	uint64_t key, *before = NULL;
	struct waiting w;

	/* the kernel takes entries out meanwhile, and then the walk begins anew */
	for (int i = 0; !r && i < WAITS_MAX && !bpf_map_get_next_key(fd, before, &key); i++) {
		before = &key;
		if (!bpf_map_lookup_elem(fd, &key, &w) && w.path)
			r = fn(arg, w.path, NULL);
	}
	return r;
}
