/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What trace and read have in common: finished journeys get their names, are counted, compared with
 * what was expected, chosen, and printed. Where events come from is not known here.
 */
#ifndef WAYBILL_CMD_PRINTING_H
#define WAYBILL_CMD_PRINTING_H

#include "cmd/answered.h"
#include "cmd/choose.h"
#include "cmd/expect.h"
#include "cmd/numbers.h"
#include "cmd/options.h"
#include "cmd/order.h"
#include "cmd/resent.h"
#include "journey/book.h"
#include "model/journey.h"
#include "output/sink.h"
#include "causes/resolve.h"

#define PARENTS_KEPT 16

struct printing {
	const struct options *o;
	struct resolve *resolve;
	struct sink *own;      /* set by the caller: in place of that to standard output; or NULL */
	struct sink *sinks[3]; /* to standard output, up to two; -w: to a file */
	size_t n_sinks;
	struct sink_summary sum;
	struct answered answered;
	struct order order;
	struct resent resent;
	const struct book *book; /* set by the caller: the journeys that are not finished */
	struct journey parents[PARENTS_KEPT]; /* not printed, while copies of them may be */
	size_t next_parent;
	size_t n_late;
	uint64_t printed, untold; /* untold: it was asked to end, and there was no time for them */
	struct numbers numbers;
	int64_t wall_offset; /* wall clock minus the events' clock */
	bool (*passes)(void *arg,
		       const struct journey *j); /* what the kernel did not ask; may be NULL */
	void *arg;
	bool stop; /* enough, or the output failed */
	struct expect expect;
	struct choose choose;
	int sink_error;
	const char *sink_where;
};

/* What the options and the terminal say of how to write. */
void printing_opts(struct sink_opts *ret, const struct options *o);
/* Checks the options and opens the sinks and the resolver. An exit code. */
int printing_open(struct printing *p, const struct options *o);
void printing_start(struct printing *p, const struct sink_start *info);
/* A book_done_fn; arg is the struct printing. */
void printing_journey(void *arg, struct journey *j);
/* Prints what waited until now_ns, on the events' clock, for more to be known. */
void printing_advance(struct printing *p, uint64_t now_ns);
/* What was printed reaches its reader: to be called when there is nothing more to print now. */
void printing_flush(struct printing *p);
/* stats: of the book that the journeys came from. */
void printing_summary(struct printing *p, const struct book_stats *stats);
/* The exit code that the whole run earns. */
int printing_verdict(const struct printing *p);
void printing_close(struct printing *p);

#endif
