/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What trace and record have in common: probes attached after the options, and the loop that reads
 * the rings until it is told to stop. What becomes of the events is the caller's.
 */
#ifndef WAYBILL_CMD_LIVE_H
#define WAYBILL_CMD_LIVE_H

#include <sys/fsuid.h>

#include "cmd/options.h"
#include "cmd/until.h"
#include "collect/collect.h"
#include "filter/coarse.h"
#include "filter/filter.h"
#include "output/sink.h"
#include "causes/resolve.h"

struct live {
	collect_fn event;
	/* all events until now_ns, on their clock, were handed over */
	void (*tick)(void *arg, uint64_t now_ns);
	void (*lost)(void *arg, const struct live *l);	      /* more was lost than before */
	void (*told)(void *arg, const struct nft_verdict *v); /* with --nft-trace; may be NULL */
	/* events that came too late to make journeys of; NULL: they are lost */
	collect_fn late;
	void (*leave)(void);	 /* gives the terminal back, see waiting_ends_at_once(); or NULL */
	void (*keep)(void *arg); /* done often, by the process that keeps the rights; or NULL */
	void *arg;
	bool raw;   /* also the packets' first bytes */
	bool count; /* count in the kernel, see cmd/counting.h */
	const bool *stop;
	struct resolve *resolve; /* its questions go to the broker that is started here */

	/* as whom files are made, see live_files_as_owner(); 0: as who started it */
	uint32_t files_uid, files_gid;

	/* filled in by live_open */
	const struct options *o;
	struct filter filter;
	struct coarse coarse; /* of the filter, for nftables */
	struct collect *collect;
	int64_t wall_offset; /* wall clock minus the events' clock */
	uint64_t losses[WB_LOSS_MAX], misses;
	uint64_t lost_events;
	uint64_t lost_ns; /* when that was found, 0: told already */
	uint64_t lost_last_ns; /* the same of what was lost since, before that is told */
	uint64_t n_late;       /* for them it had no time once it was asked to end */
	int signals;
	struct until until; /* --until-exit */
	bool enters;	    /* other namespaces: it could when it still had its rights */
	struct observe_what attach[WORDS_MAX]; /* --attach */
	uint32_t netns[WORDS_MAX];	       /* -N */
};

/* From now on; where that isn't allowed, the first file says so. */
static inline void live_files_as_owner(const struct live *l)
{
	if (!l->files_uid)
		return;
	setfsgid(l->files_gid);
	setfsuid(l->files_uid);
}

/* Checks the options and attaches. An exit code. */
int live_open(struct live *l, const struct options *o);
/* What the start record says; missing must have room for WB_STATION_MAX. */
void live_info(const struct live *l, struct sink_start *s, enum wb_station *missing);
/* What counters stand at before the first packet: while its events gather in the rings. */
void live_look_first(const struct live *l, struct resolve *r);
/* Tells r what the probes would show, so that it may judge by what they don't. */
void live_watch(const struct live *l, struct resolve *r);
/* The line that scripts wait for. */
void live_announce(const struct live *l, const struct sink_start *s);
/* Until *stop, a signal or --duration; then the rest of what the rings hold. */
void live_run(struct live *l);
/* Where a signal came while much was to be done: what was not. untold: journeys. */
void live_say_undone(const struct live *l, uint64_t untold);
/* Detaching can take seconds: print first. */
void live_close(struct live *l);

#endif
