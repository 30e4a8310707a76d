/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process may do. */
#ifndef WAYBILL_COLLECT_PRIVILEGES_H
#define WAYBILL_COLLECT_PRIVILEGES_H

#include <stddef.h>

/* 0, or -EPERM with what is missing, and how to get it, in err. */
int privileges_check(char *err, size_t err_size);

/* None of this thread's capabilities is in force until privileges_resume(). 0 or -EPERM. */
int privileges_suspend(void);
void privileges_resume(void);

#define PRIVILEGES_NONE (-1)
/*
 * For a process, or a thread, that lives on for one task: this capability and no other, for good. 0
 * or -errno.
 */
int privileges_keep(int only);

#endif
