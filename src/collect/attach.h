/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a plan to programs that run: opened, loaded, attached, held. The plan loses what turns out
 * not to load or attach. No reading of rings here.
 */
#ifndef WAYBILL_COLLECT_ATTACH_H
#define WAYBILL_COLLECT_ATTACH_H

#include <bpf/libbpf.h>

#include "collect/collect.h"

struct attach;

/* Opens the object, plans with it, loads and attaches. err as in collect_open(). */
int attach_open(struct attach **ret, struct plan *plan, const struct kernel *k,
		const struct collect_opts *o, char *err, size_t err_size);
void attach_close(struct attach *a);

/*
 * k is as the kernel is now: probes whose functions came with a module since are loaded and
 * attached beside the others, and put into the plan. Returns how many, or -errno.
 */
int attach_more(struct attach *a, struct plan *plan, const struct kernel *k,
		const struct collect_opts *o);

/* Counting: detaches all but the probe that counts drops, and attaches the others again. */
void attach_rest(struct attach *a);
void attach_go_on(struct attach *a, struct plan *plan);

/*
 * After a fork, in the process that only reads: the links are the other one's, and end when that
 * one detaches them or ends.
 */
void attach_leave(struct attach *a);

int attach_map_fd(const struct attach *a, const char *name);
int attach_program_fd(const struct attach *a, const char *name); /* -ENOENT: not loaded */
/* An entry was taken out of the map of traced packets. */
void attach_forget_track(const struct attach *a);
/* All were taken out of the map of groups. */
void attach_forget_groups(const struct attach *a);
/* Sums over all loaded programs; they run for a time while the kernel keeps statistics of that. */
uint64_t attach_recursion_misses(const struct attach *a);
uint64_t attach_run_ns(const struct attach *a);
size_t attach_n_rings(const struct attach *a);
int attach_ring_fd(const struct attach *a, size_t cpu);

#endif
