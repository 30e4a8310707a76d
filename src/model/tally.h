/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting finished journeys: by outcome, by layer, and by the site at which they died. Plain data
 * and sums; who compares them with the kernel's own counters is src/causes/.
 */
#ifndef WAYBILL_MODEL_TALLY_H
#define WAYBILL_MODEL_TALLY_H

#include "model/journey.h"

struct tally_check {
	bool has;
	char counter[96]; /* as its own tool calls it */
	uint64_t delta;
	bool agrees;
};

/* Of packets that ended alike. */
struct tally_sums {
	uint64_t packets;
	uint64_t segments; /* as on the wire */
	uint64_t bytes;	   /* at the first station */
	uint64_t cost_ns;  /* time from the first station to the end, summed up */
	uint64_t here_ns;  /* of it, since a device received the packet last */
	bool mixed;	   /* they are not alike to whoever decides */
};

/* One place, reason and decider at which packets die. */
struct tally_site {
	enum wb_layer layer;
	enum wb_station station;
	char reason[48], location[64];
	struct place at;
	uint8_t family, proto; /* of the first packet: says which of the kernel's counters it is */
	struct decider *decider;  /* reference owned */
	char decider_name[160];	  /* as decider_name() has it: tells deciders apart */
	char why[384], next[512]; /* the first packet's, "" none */
	uint64_t packets, segments, bytes, cost_ns, here_ns; /* sums, as in struct tally_sums */
	uint64_t timed; /* packets of which cost_ns and here_ns are: those that were followed */
	uint64_t program_ns; /* mean of a run of the program that decided; 0: none, or not known */
	bool mixed;	     /* so many senders and ports that nobody can say who decided */
	struct tally_check check;
	/*
	 * Packets that the kernel's counters may have and packets has not, because they passed
	 * while those were read first; packets when those were read again.
	 */
	uint64_t early, late;
	uint64_t turn; /* the tally's, when it last counted something */
};

#define TALLY_SITES_MAX 1024 /* then the one that was silent for longest makes room */
/* What sites had that made room. */
struct tally_other {
	uint64_t packets, bytes;
};

/* Drops that left no event behind: only a counter of the kernel's saw them. */
struct tally_unseen {
	struct place at;  /* without a device: of the whole machine */
	char counter[96]; /* as in struct tally_check */
	uint64_t packets;
};

struct tally {
	uint64_t seen, outcomes[OUTCOME_MAX], dropped[WB_LAYER_MAX], lost_events;
	uint64_t cost_ns; /* of all packets: the share of a site says what it costs */
	struct tally_site *sites;
	size_t n_sites;
	struct tally_other other[WB_LAYER_MAX]; /* with the sites: all that is in dropped */
	uint64_t turn;				/* counts, to tell which site is old */
	struct tally_unseen *unseen;		/* in no sum */
	size_t n_unseen;
	uint64_t until_ns;	/* when it was told, wall clock; 0 unknown */
	unsigned budget;	/* percent of a CPU for following packets; 0: of a recording */
	uint64_t drops_only_ns; /* for so long nothing but drops was looked at */
	bool drops_only;	/* nothing else was looked at: what was delivered is not known */
};

/* A journey that has its fate and, if it was dropped, its decider. 0 or -ENOMEM. */
int tally_add(struct tally *t, const struct journey *j);
/* The same for n->packets that ended as this one did. */
int tally_count(struct tally *t, const struct journey *j, const struct tally_sums *n);
/* Does a journey that was dropped count there? */
bool tally_is_site(const struct tally_site *s, const struct journey *j);
/* Most packets first. */
void tally_sort(struct tally *t);
/* All sums to zero; the sites stay, and what they had is early. */
void tally_restart(struct tally *t);
/* Adds one that is seen by a counter only. 0 or -ENOMEM. */
int tally_unseen(struct tally *t, const struct tally_unseen *u);
/* Back to zero; frees what it owns. */
void tally_clear(struct tally *t);

#endif
