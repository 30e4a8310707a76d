/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The book of open journeys: events in, grouped by the id that the kernel gave; finished journeys
 * out, when their end was seen or nothing was seen any more. Pure: no clock but the events'.
 */
#ifndef WAYBILL_JOURNEY_BOOK_H
#define WAYBILL_JOURNEY_BOOK_H

#include "model/journey.h"

/* The journey is the callee's for the time of the call; it may clear or keep parts by taking them.
 */
typedef void (*book_done_fn)(void *arg, struct journey *j);

struct book_opts {
	book_done_fn done;
	void *arg;
	size_t max_open; /* 0: a million */
};

struct book_stats {
	uint64_t events;
	uint64_t
		malformed; /* events that are none: not of a known kind, or shorter than they say */
	uint64_t orphans;  /* events of no packet that belong to no journey */
	uint64_t evicted;  /* journeys closed early because too many were open */
	uint64_t truncated; /* events not kept because their journey had too many */
	size_t open;
	size_t bytes; /* held for open journeys */
};

struct book;

int book_new(struct book **ret, const struct book_opts *o);
/* 0, -EINVAL (not an event; counted) or -ENOMEM. The event is copied. */
int book_add(struct book *b, const struct wb_event *ev);
/* Closes what is over at now_ns, on the events' clock. */
void book_advance(struct book *b, uint64_t now_ns);
/* Events were lost: every journey that is open now may miss steps. */
void book_lost(struct book *b);
/* The end: closes everything that is open. */
void book_finish(struct book *b);
/* When the oldest that is open was first seen, on the events' clock; UINT64_MAX: none is. */
uint64_t book_oldest_ns(const struct book *b);
const struct book_stats *book_stats(const struct book *b);
void book_free(struct book *b);

#endif
