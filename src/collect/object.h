/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF object before it is loaded: opened, its constants and maps set, the user's filter written
 * into the programs that run. What is chosen and attached is in attach.c.
 */
#ifndef WAYBILL_COLLECT_OBJECT_H
#define WAYBILL_COLLECT_OBJECT_H

#include "collect/collect.h"

struct bpf_program;
struct kernel;
struct waybill_bpf;

/* The skeleton, no program of it enabled; NULL with errno. waybill_bpf__destroy() ends it. */
struct waybill_bpf *object_open(void);
/*
 * From now on objects, also those that are open already, take the kernel's types and targets from
 * k, which stays the caller's; skel is one whose programs' types they are. 0 or -errno.
 */
int object_know(const struct kernel *k, const struct waybill_bpf *skel);
/* The kernel is about to be closed; its types stay. */
void object_settle(void);
void object_configure(struct waybill_bpf *skel, const struct plan *plan,
		      const struct collect_opts *o, size_t n_cpus);
/* It will be loaded, with the filter in it. p NULL: nothing to do. 0 or -errno. */
int object_enable(struct bpf_program *p, const struct collect_opts *o);
/* The object's file was read from waybill's own text: its pages need not stay. */
void object_drop_pages(void);

/*
 * Lets an object that is opened once more work on the maps that are loaded already; map_fd finds
 * each by name. constants: also on theirs. 0 or -errno.
 */
int object_share_maps(struct waybill_bpf *skel, bool constants,
		      int (*map_fd)(void *arg, const char *name), void *arg);

/*
 * One more instance of a program, for a bystander's exit: on the maps that are loaded already
 * (map_fd finds each by name), for place in the map `programs`. Returns a link's descriptor, which
 * the caller closes, or -errno.
 */
int object_behind(const char *program, const struct collect_opts *o, int target_fd,
		  const char *target_function, uint32_t place,
		  int (*map_fd)(void *arg, const char *name), void *arg);

#endif
