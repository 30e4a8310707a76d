/* SPDX-License-Identifier: GPL-2.0-only */
/* Capabilities and system calls given up for good. Which of them a task needs is not known here. */
#ifndef WAYBILL_UTIL_RIGHTS_H
#define WAYBILL_UTIL_RIGHTS_H

#include <stddef.h>
#include <stdint.h>

#define RIGHT(cap) (1ULL << (cap))

/*
 * Of the calling thread: these capabilities, as far as it has them, and no other, now and later (no
 * new privileges). 0 or -errno.
 */
int rights_keep(uint64_t caps);

/*
 * Of the calling thread from now on: these system calls (SCMP_SYS()), every other is refused with
 * EPERM. After rights_keep(). 0 or -errno.
 */
int rights_keep_calls(const int *calls, size_t n);

#endif
