/* SPDX-License-Identifier: GPL-2.0-only */
/* The system's clocks, all in nanoseconds. */
#ifndef WAYBILL_UTIL_CLOCK_H
#define WAYBILL_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MS_NS	  1000000ULL
#define SECOND_NS 1000000000ULL

/* id: CLOCK_*. */
uint64_t clock_ns(clockid_t id);
/* The clock of the events, which is that of bpf_ktime_get_ns(); also for how long ago. */
uint64_t clock_now_ns(void);

#endif
