/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a run of other people's XDP and tc programs takes, as the kernel measures it
 * (bpf_enable_stats, 5.8). Measuring costs every BPF program of the machine, so it ends as soon as
 * there were enough runs, or after a second, and begins again only for a program without a figure.
 * What a packet's whole way took is in the tally already.
 */
#ifndef WAYBILL_HOST_RUN_TIME_H
#define WAYBILL_HOST_RUN_TIME_H

#include "model/tally.h"

struct run_time;

/* 0 or -ENOMEM; where the kernel refuses to measure, nothing is ever told. */
int run_time_new(struct run_time **ret);
void run_time_free(struct run_time *r);

/* To be called often: measures where there are such programs, until there were enough runs. */
void run_time_tick(struct run_time *r, uint64_t now_ns);

/* Gives each site that a program decided the mean of that program's runs. */
void run_time_tell(struct run_time *r, struct tally *t);

#endif
