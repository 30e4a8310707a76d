/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside collect.h: what is open, and what of it each of the two processes has. */
#ifndef WAYBILL_COLLECT_STATE_H
#define WAYBILL_COLLECT_STATE_H

#include <stdatomic.h>

#include "collect/attach.h"
#include "collect/collect.h"
#include "collect/observe.h"
#include "collect/pace.h"
#include "collect/programs.h"
#include "collect/spool.h"
#include "util/clock.h"

#define REFRESH_NS SECOND_NS

/* In memory of both processes. Who keeps the rights writes it. */
struct shared {
	struct pace pace; /* n_cpus 0: each packet is followed, or none */
	_Atomic unsigned rests;
	_Atomic uint64_t told_lost;
	_Atomic size_t unlinked; /* namespaces, see observe_n_unlinked() */
	char untraced[1024];	 /* since the start, see observe_untraced() */
};

struct collect {
	struct collect_opts opts; /* l2 and l3 are copies */
	struct kernel *kernel;
	uint64_t modules; /* which were there when the plan was made */
	struct plan plan;
	struct attach *attach;
	struct observe *observe;
	struct programs *programs; /* NULL: other people's are not observed */
	struct ring_buffer *rings;
	struct spool *spool; /* NULL: collect_consume() reads the rings itself */
	struct observe_places places;
	struct shared *shared;
	unsigned rests; /* of shared->rests, how many were seen */
	int told[2];	/* a pipe of struct nft_verdict; -1: none */
	uint64_t refresh_ns;
	int stats;	 /* the kernel measures while it is open: this turn's cost; else -1 */
	uint64_t ran_ns; /* before that turn */
	collect_fn fn, look;
	void *arg, *look_arg;
};

/* All that is attached elsewhere than at the kernel's own functions. err as in collect_open(). */
int tend_open_bystanders(struct collect *c, char *err, size_t err_size);

#endif
