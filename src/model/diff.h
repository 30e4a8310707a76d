/* SPDX-License-Identifier: GPL-2.0-only */
/* Two journeys beside each other, station by station. Plain data; src/compare/ makes it. */
#ifndef WAYBILL_MODEL_DIFF_H
#define WAYBILL_MODEL_DIFF_H

#include "model/journey.h"

/* X(ID, name, way): what can differ. way: a packet that differs there may go on differently. */
#define DIFF_WHATS(X)                                                                              \
	X(PROTO, "protocol", true)                                                                 \
	X(SOURCE, "source", true)                                                                  \
	X(SPORT, "source port", false)                                                             \
	X(TARGET, "destination", true)                                                             \
	X(DPORT, "destination port", true)                                                         \
	X(TTL, "ttl", true)                                                                        \
	X(TOS, "tos", true)                                                                        \
	X(FLAGS, "flags", true)                                                                    \
	X(LENGTH, "length", true)                                                                  \
	X(NETNS, "namespace", true)                                                                \
	X(DEVICE, "device", true)                                                                  \
	X(VERDICT, "verdict", true)                                                                \
	X(DECIDER, "decider", true)                                                                \
	X(ROUTE, "route", true)                                                                    \
	X(CONNTRACK, "conntrack", true)                                                            \
	X(MARK, "mark", true)                                                                      \
	X(NAT, "nat", true)                                                                        \
	X(NEIGHBOUR, "neighbour", true)                                                            \
	X(QDISC, "qdisc", true)                                                                    \
	X(PROCESS, "process", false)                                                               \
	X(TIME, "time", false)

enum diff_what {
#define X(id, name, way) DIFF_##id,
	DIFF_WHATS(X)
#undef X
		DIFF_WHAT_MAX
};

struct diff_item { /* "": one of them has nothing of it */
	enum diff_what what;
	char a[224], b[224];
};

struct diff_row {
	const struct step *a, *b; /* NULL: this one was not there */
	size_t first, n;	  /* its items */
};

struct diff {
	const struct journey *a, *b;	/* the caller's, which must live as long */
	struct step *steps_a, *steps_b; /* owned; what a step owns stays the journey's */
	size_t n_a, n_b;
	struct diff_item *items; /* owned; the first are the packets' own, before any row */
	size_t n_items, n_packet;
	struct diff_row *rows; /* owned */
	size_t n_rows;
	size_t same;  /* rows without a difference */
	size_t parts; /* the row at which their ways part, n_rows: they don't */
};

const char *diff_what_name(enum diff_what what);
/* May it be a reason that they go on differently? */
bool diff_what_matters(enum diff_what what);
void diff_clear(struct diff *d);

#endif
