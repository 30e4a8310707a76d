/* SPDX-License-Identifier: GPL-2.0-only */
/* Finished journeys to bytes. A sink knows no kernel and asks nobody: all it prints is in the
 * journey. */
#ifndef WAYBILL_OUTPUT_SINK_H
#define WAYBILL_OUTPUT_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "model/journey.h"

struct sink_start {
	const char *version, *kernel, *mode;
	unsigned probes;
	const enum wb_station *missing; /* stations that no probe reaches */
	size_t n_missing;
};

struct sink_summary {
	uint64_t events;
	uint64_t lost_events;
	uint64_t losses[WB_LOSS_MAX];
	uint64_t misses;    /* probes that the kernel skipped because they interrupted themselves */
	uint64_t evicted;   /* journeys that ended early, because too many were open */
	uint64_t malformed; /* events that are none: of a damaged recording */
	uint64_t journeys[OUTCOME_MAX];
	uint64_t benign_hidden;
};

enum wall_format {
	WALL_LOCAL,
	WALL_UTC,
	WALL_EPOCH,
	WALL_DATE,
	WALL_RELATIVE,
	WALL_DELTA,
	WALL_FORMATS
};
/* WALL_LOCAL for NULL, and for what is none. */
enum wall_format wall_format_by_name(const char *name);

/* In which form a packet is written that NAT changed: as it came, as it went, or both. */
enum write_at { WRITE_AT_BOTH, WRITE_AT_FIRST, WRITE_AT_LAST };

struct sink_opts {
	FILE *out;
	size_t width;	/* columns that a journey's first line fits; 0: any number */
	bool lines_fit; /* so do all other lines: it is a terminal */
	bool fold;	/* what is like one before is counted */
	bool brief;	/* a line a journey */
	enum wall_format time;
	uint64_t first_ns, last_ns; /* the text sink's own: of the first journey, and the last */
	size_t snaplen;		    /* pcapng: bytes of a packet, 0: all */
	enum write_at write_at;	    /* pcapng */
	bool color;
	bool ascii; /* the terminal shows nothing else */
	bool numeric;
	bool untimed; /* the steps are of several packets: no times between them */
	bool quiet;   /* text: no summary */
	int verbose;
};

struct sink {
	const struct sink_ops *ops;
	struct sink_opts o;
};

/*
 * Each returns 0 or -errno (-EPIPE: the reader is gone); all but journey and free may be NULL, and
 * are called by the functions below. When the stream is flushed is its owner's choice.
 */
struct sink_ops {
	int (*start)(struct sink *s, const struct sink_start *info);
	int (*journey)(struct sink *s, const struct journey *j);
	/* The time goes on without a journey. */
	int (*tick)(struct sink *s, uint64_t wall_ns);
	int (*summary)(struct sink *s, const struct sink_summary *sum);
	void (*free)(struct sink *s);
	/* One that is not asked for, but a copy of it is, which comes next. */
	int (*context)(struct sink *s, const struct journey *j);
};

/* s may be NULL: nothing happens. */
int sink_start(struct sink *s, const struct sink_start *info);
int sink_tick(struct sink *s, uint64_t wall_ns);
int sink_summary(struct sink *s, const struct sink_summary *sum);
void sink_free(struct sink *s);
struct text;
/* Writes it to the sink's stream, and empties it. */
int sink_put(struct sink *s, struct text *t);

/* NULL: no memory. The stream stays the caller's. */
struct sink *sink_text_new(const struct sink_opts *o);
struct sink *sink_json_new(const struct sink_opts *o);
/* A pcapng file: one packet a journey, the journey as its comment. Takes the stream over. */
struct sink *sink_pcapng_new(const struct sink_opts *o);

/* "clone", "segment", "gro"... */
const char *link_how_name(enum wb_link_how how);
/* The kernel's NUD_* states: "failed", "reachable"... */
const char *neigh_state_name(unsigned state);
/* One journey as the text sink writes it, without colours; for comments. */
void journey_text(struct text *t, const struct journey *j, const struct sink_opts *o);

#endif
