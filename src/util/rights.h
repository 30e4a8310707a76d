/* SPDX-License-Identifier: GPL-2.0-only */
/* Capabilities given up for good. Which of them a task needs is not known here. */
#ifndef WAYBILL_UTIL_RIGHTS_H
#define WAYBILL_UTIL_RIGHTS_H

#include <stdint.h>

#define RIGHT(cap) (1ULL << (cap))

/*
 * Of the calling thread: these capabilities, as far as it has them, and no other, now and later (no
 * new privileges). 0 or -errno.
 */
int rights_keep(uint64_t caps);

#endif
