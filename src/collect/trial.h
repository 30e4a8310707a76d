/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside kernel.h: does the running kernel allow this feature? Found by using it once. */
#ifndef WAYBILL_COLLECT_TRIAL_H
#define WAYBILL_COLLECT_TRIAL_H

#include "collect/kernel.h"

struct btf;

/* 0: it does; else the -errno with which it was refused. */
int trial(enum kernel_feature f, const struct btf *vmlinux);
/* What such an error means, in words; static. */
const char *trial_refusal(int r);

#endif
