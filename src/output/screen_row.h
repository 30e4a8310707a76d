/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of the screen: one site each, with what it was in the last intervals. No terminal. */
#ifndef WAYBILL_OUTPUT_SCREEN_ROW_H
#define WAYBILL_OUTPUT_SCREEN_ROW_H

#include "model/tally.h"
#include "util/text.h"

#define SCREEN_HISTORY 8

/* X(ID, name): what s sorts by. */
#define SCREEN_SORTS(X)                                                                            \
	X(RATE, "rate")                                                                            \
	X(TOTAL, "total")                                                                          \
	X(LAYER, "layer")

enum screen_sort {
#define X(id, name) SCREEN_SORT_##id,
	SCREEN_SORTS(X)
#undef X
		SCREEN_SORT_MAX
};

/* Texts are safe for a terminal. */
struct screen_row {
	enum wb_layer layer;
	char where[64]; /* station, device, namespace */
	char who[200];	/* the decider, else the reason */
	char reason[64];
	char rule[256], why[384], next[512]; /* "" none */
	char check[160];		     /* what the kernel's own counter says, "" none */
	uint64_t total, bytes;
	uint64_t cost_ns;	     /* mean, 0: not known */
	double rate;		     /* packets a second, in the last interval */
	double past[SCREEN_HISTORY]; /* rates, the newest last */
};

struct screen_rows {
	struct screen_row *row;
	size_t n;
	double seen, delivered, transmitted, dropped; /* a second */
	uint64_t totals[4];			      /* of the same */
	uint64_t layers[WB_LAYER_MAX], lost;
	uint64_t rested_ns; /* as drops_only_ns of a tally */
	bool drops_only;    /* in the last interval, for some of it at least */
};

/* Is the site counted in this row? */
bool screen_row_is(const struct screen_row *r, const struct tally_site *s, bool ascii);
/* 0 or -ENOMEM. ns: since the last call. */
int screen_rows_update(struct screen_rows *r, const struct tally *all, uint64_t ns, bool ascii);
void screen_rows_sort(struct screen_rows *r, enum screen_sort by);
const char *screen_sort_name(enum screen_sort by);
/* Does the row have the text, in any of its own, whatever the case? "" fits all. */
bool screen_row_fits(const struct screen_row *r, const char *text);
/* The last rates as a line of bars, in SCREEN_HISTORY columns; each step is a doubling. */
void screen_row_bars(struct text *t, const struct screen_row *r, bool ascii);
void screen_rows_clear(struct screen_rows *r);

#endif
