/* SPDX-License-Identifier: GPL-2.0-only */
/* What this process may do. */
#ifndef WAYBILL_COLLECT_PRIVILEGES_H
#define WAYBILL_COLLECT_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/* 0, or -EPERM with what is missing, and how to get it, in err. */
int privileges_check(char *err, size_t err_size);

/* The same for who puts packets in; as a process of this host (--out), of another user (--uid). */
int privileges_check_sending(bool as_process, bool as_user, char *err, size_t err_size);

/* None of this thread's capabilities is in force until privileges_resume(). 0 or -EPERM. */
int privileges_suspend(void);
void privileges_resume(void);

/*
 * As many open files as may be had (some twenty are for each namespace), and BPF memory without a
 * limit, which kernels before 5.11 count as locked. Children inherit both, also who may not raise
 * them.
 */
void privileges_raise_limits(void);

#endif
