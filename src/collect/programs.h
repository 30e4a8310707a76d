/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other people's XDP and tc programs, and the components of XDP dispatchers: found among all that
 * are loaded, each observed at its exit where the kernel has fentry. The BPF side is
 * bpf/program.bpf.c.
 */
#ifndef WAYBILL_COLLECT_PROGRAMS_H
#define WAYBILL_COLLECT_PROGRAMS_H

#include "collect/attach.h"

struct programs;

/* a and o are borrowed. 0 or -ENOMEM. */
int programs_new(struct programs **ret, const struct attach *a, const struct collect_opts *o);
void programs_free(struct programs *p); /* closes all links */

/*
 * Observes the programs that were loaded since. One that can't be observed (it has no BTF, or there
 * is no more room) is not asked again.
 */
void programs_scan(struct programs *p);

#endif
