/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what is counted in the kernel. What a path means is not known here. */
#ifndef WAYBILL_COLLECT_COUNTS_H
#define WAYBILL_COLLECT_COUNTS_H

#include "collect/attach.h"

/* As those of collect.h that are called collect_... */
int counts_read_slots(const struct attach *a, collect_count_fn fn, void *arg);
int counts_in_use(const struct attach *a, collect_count_fn fn, void *arg);
bool counts_forget_sums(const struct attach *a, uint64_t path);
void counts_forget_path(const struct attach *a, uint64_t path);
void counts_forget_groups(const struct attach *a);
int counts_read(const struct attach *a, collect_count_fn fn, void *arg);
int counts_silent(const struct attach *a, uint64_t before_ns, collect_count_fn fn, void *arg);
/* How often each CPU asked the filter about a packet not known yet; n has room for
 * attach_n_rings(). */
void counts_looked(const struct attach *a, uint64_t *n);
/* What the programs lost, by cause, since they were loaded. */
void counts_losses(const struct attach *a, uint64_t loss[WB_LOSS_MAX]);

#endif
