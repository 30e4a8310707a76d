/* SPDX-License-Identifier: GPL-2.0-only */
/* How long an answer is waited for: less once waybill is asked to end. */
#ifndef WAYBILL_HOST_PATIENCE_H
#define WAYBILL_HOST_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct patience {
	int signals;	   /* readable: it was asked to end; -1: nobody asks that */
	unsigned last_ms;  /* so long is asked since then, and a little more where it is slow */
	unsigned n_last;   /* questions since then */
	uint64_t asked_ns; /* when the last one was asked */
	size_t n_left;	   /* how often there was no time for that reason */
};

/* False: whoever ends it does not wait for one more answer. */
bool patience_for_more(struct patience *p);
/* Can fd be read in time, which is shorter for whoever is asked to end meanwhile? */
bool patience_wait(struct patience *p, int fd, uint64_t until_ns);

#endif
