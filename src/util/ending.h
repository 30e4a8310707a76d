/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether waybill was asked to end, and when: one clock for all that is still done from then on,
 * which together takes no more than a second.
 */
#ifndef WAYBILL_UTIL_ENDING_H
#define WAYBILL_UTIL_ENDING_H

#include <signal.h>
#include <stdint.h>

/* What may go on until when, in milliseconds since then. */
#define ENDING_JUDGE_MS	   400 /* questions about packets */
#define ENDING_COUNTERS_MS 500 /* those about the kernel's counters */
#define ENDING_EVENTS_MS   520 /* what the rings hold */
#define ENDING_TELL_MS	   550 /* journeys */
#define ENDING_READER_MS   640 /* a reader of the output that takes nothing */
#define ENDING_DETACH_MS   680 /* who detaches the probes; the rest is for the kernel to end us */

/* The signals that ask it to end. They are seen where they are blocked. */
void ending_signals(sigset_t *ret);
/* As such a signal does: a key. */
void ending_begin(void);
/* When that was first seen, on the events' clock; 0: nobody did. */
uint64_t ending_since_ns(void);
/* The earlier one of until_ns and so many milliseconds after it was asked to end, if it was. */
uint64_t ending_limit_ns(uint64_t until_ns, unsigned ms);

#endif
