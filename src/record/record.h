/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording: events as the kernel sent them, and facts, to a file and back. The face of this
 * room.
 *
 * The file is a header, then chunks, each a type and a length in front. What the reader does not
 * know it skips, so new kinds of chunks don't need a new version. Numbers are of this machine's
 * byte order; the header's magic tells another one.
 */
#ifndef WAYBILL_RECORD_RECORD_H
#define WAYBILL_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "waybill/event.h"
#include "waybill/probe.h"

#define RECORD_MAGIC	 0x0a4c4c4259415757ULL /* "WAYBILL\n" */
#define RECORD_VERSION	 3		       /* 1: no answers; 2: no ends of copies */
#define RECORD_CHUNK_MAX (64U << 20)

struct record_header {
	uint64_t magic;
	uint32_t version;
	uint32_t size;	     /* of this header */
	int64_t wall_offset; /* wall clock minus the events' clock */
	uint64_t reserved;
};

enum record_chunk {
	RECORD_META = 1,   /* JSON: who recorded, and the names of the probes */
	RECORD_EVENTS = 2, /* the time up to which all rings were read, then events */
	RECORD_FACT = 3,   /* key, zero byte, JSON, zero byte */
	RECORD_LOST = 4,   /* struct record_lost: from here on there is a gap */
};

struct record_chunk_head {
	uint32_t type;
	uint32_t size; /* of what follows */
};

struct record_lost {
	uint64_t losses[8]; /* by enum wb_loss; totals since the start */
	uint64_t misses;
};

/* --- writing --- */

struct record_meta {
	const char *version, *kernel, *mode;
	unsigned probes;
	const enum wb_station *missing;
	size_t n_missing;
	int64_t wall_offset;
};

struct recorder;
/* The stream stays the caller's. 0 or -errno. */
int recorder_new(struct recorder **ret, FILE *out, const struct record_meta *m);
int recorder_event(struct recorder *r, const struct wb_event *ev);
/* All that the rings held at now_ns was written: a reader closes journeys here, as it was live. */
int recorder_flush(struct recorder *r, uint64_t now_ns);
int recorder_fact(struct recorder *r, const char *key, const char *json);
int recorder_lost(struct recorder *r, const struct record_lost *lost);
uint64_t recorder_bytes(const struct recorder *r);
void recorder_free(struct recorder *r);

/*
 * Facts come in the order in which they were asked for, before the events of the same read of the
 * rings; this one behind those of a journey that was judged, whose id it has.
 */
#define RECORD_JUDGED "judged"

/* --- reading --- */

/* Any may be NULL. meta is called first, and once. */
struct record_reader {
	void (*meta)(void *arg, const struct record_meta *m);
	void (*event)(void *arg, const struct wb_event *ev);
	void (*advance)(void *arg, uint64_t now_ns);
	void (*fact)(void *arg, const char *key, const char *json);
	void (*lost)(void *arg, const struct record_lost *lost);
	/* The file ends before the chunk that begins at this byte does: it is still written, or was
	 * cut off. It is read as if it ended there. */
	void (*cut)(void *arg, uint64_t at);
	/* true: enough */
	bool (*stop)(void *arg);
	void *arg;
};

/*
 * Reads a whole recording. 0; -EBADMSG: no recording, or damaged from some place on (what came
 * before was handed out); err then holds what and where. Other -errno: it can't be read.
 */
int record_read(FILE *in, const struct record_reader *rd, char *err, size_t err_size);

/* "tp/kfree_skb", "fn/ip_rcv", "own/nf": the name by which a probe stands in a recording. */
const char *record_probe_name(unsigned probe);

#endif
