/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the kernel: the programs of a plan, and a plan without those that the verifier refuses. What
 * is prepared before is in object.c, what becomes a link afterwards in attach.c.
 */
#ifndef WAYBILL_COLLECT_LOAD_H
#define WAYBILL_COLLECT_LOAD_H

#include "collect/collect.h"

struct bpf_program;
struct waybill_bpf;

/* For plan_make(): is there a program of that name in this struct bpf_object? */
bool load_is_built(void *obj, const char *program);
/* NULL: there is none of that name. */
struct bpf_program *load_program(const struct waybill_bpf *skel, const char *prefix,
				 const char *name);

/* From now on libbpf's messages are listened to, and printed if all is true. */
void load_listen(bool all);
/* Enables the programs of the plan's rows. 0 or -errno. */
int load_choose(const struct waybill_bpf *skel, const struct plan *plan,
		const struct collect_opts *o);
/*
 * Loads the plan's programs; a row whose program is refused leaves the plan. *skel: opened, and the
 * caller's to destroy, loaded or not; NULL after some errors. 0 or -errno. Ends what object_know()
 * began.
 */
int load_plan(struct waybill_bpf **skel, struct plan *plan, const struct collect_opts *o,
	      size_t n_cpus);
/* Tells who waits for the start what is being done. */
void load_say(const struct collect_opts *o, const char *what);
/* The program that was refused last, "" if none was: static. */
const char *load_refused(void);

#endif
