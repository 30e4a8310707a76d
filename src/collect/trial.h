/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside kernel.h: does the running kernel allow a feature? Found by using it once. */
#ifndef WAYBILL_COLLECT_TRIAL_H
#define WAYBILL_COLLECT_TRIAL_H

#include "collect/kernel.h"

struct btf;
struct trials;

/*
 * All features are tried, beside what the caller does. vmlinux is needed until trials_settle().
 * NULL: no memory.
 */
struct trials *trials_begin(const struct btf *vmlinux);
/* 0: the kernel has it; else the -errno with which it was refused. Waits for that trial. */
int trials_result(struct trials *t, enum kernel_feature f);
/* What that error means, t's own, "" if there is none. Waits as well. */
const char *trials_why_not(struct trials *t, enum kernel_feature f);
/* Waits until the last is undone; what they came to is still known. NULL is allowed. */
void trials_settle(struct trials *t);
void trials_free(struct trials *t);

#endif
