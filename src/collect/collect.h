/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events from the kernel: plan, load, attach, read. The face of this room; what an event means is
 * not known here.
 */
#ifndef WAYBILL_COLLECT_COLLECT_H
#define WAYBILL_COLLECT_COLLECT_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/kernel.h"
#include "collect/observe.h"
#include "collect/plan.h"
#include "waybill/config.h"
#include "waybill/count.h"
#include "waybill/event.h"

struct collect_opts {
	enum collect_mode mode;
	const struct bpf_insn *l2, *l3; /* the filter's instructions; NULL: never matches there */
	size_t n_l2, n_l3;
	unsigned window;		     /* bytes of a packet that they look at */
	bool match_all;			     /* no filter */
	bool vlan;			     /* the filter asks for VLAN tags */
	uint32_t netns[WB_NETNS_MAX];	     /* inode numbers, then 0; none: all */
	const char *ifnames[WB_IFNAMES_MAX]; /* then NULL; none: any */
	size_t buffer; /* bytes of ring buffer for each CPU, 0: chosen by memory */
	const struct observe_what *attach; /* --attach arguments */
	size_t n_attach;
	char *const *nft_match; /* --nft-trace: conditions as nft has them, the callee keeps them */
	size_t n_nft_match;	/* 0: not asked for */
	bool read_only;		/* nothing but probes */
	bool raw;		/* also the packets' first bytes */
	bool count;		/* count in the kernel; events only for paths not met before */
	unsigned budget;	/* with count: percent of a CPU, see pace.h */
	bool drops;		/* with count: only drops, without following any packet */
	bool spool;		/* a thread empties the rings, so that who consumes may be late */
	bool verbose;		/* libbpf's own messages */
	/* while it opens: what it does now, a constant text; NULL: nobody wants to know */
	void (*doing)(void *arg, const char *what);
	void *doing_arg;
};

/* False: packets are seen in every namespace, but nobody can be asked in another than this one. */
bool collect_enters_namespaces(void);

struct collect;
/*
 * Capabilities without which what was opened can't be read, a bit each: found by trying. Before
 * v5.19 the kernel asks for CAP_BPF at each look into a map, if unprivileged BPF is off.
 */
uint64_t collect_needs(struct collect *c);
typedef void (*collect_fn)(void *arg, const struct wb_event *ev);

/* Loads and attaches. 0, or -errno with a sentence in err: what is missing and how to get it. */
int collect_open(struct collect **ret, const struct collect_opts *o, char *err, size_t err_size);

/*
 * Hands out what is in the rings now, CPU by CPU in order; with spool, a part of what was in them.
 * Returns the number of events. read_ns (may be NULL): all older ones have been handed out.
 */
int collect_consume(struct collect *c, collect_fn fn, void *arg, uint64_t *read_ns);
/*
 * Each event is shown to look once, before it is handed out: by collect_look(), as soon as it came,
 * for who still works on others (with spool; else it does nothing); at the latest by
 * collect_consume().
 */
void collect_watch(struct collect *c, collect_fn look, void *arg);
void collect_look(struct collect *c);
/* No more events: what is in the rings now can still be consumed. */
void collect_stop(struct collect *c);
/* How many of those were not consumed yet; while it counts in the kernel that is not known: 0. */
uint64_t collect_left(const struct collect *c);

typedef int (*collect_count_fn)(void *arg, uint64_t path, const struct wb_sums *sums);

/*
 * With count: what was counted on each path since the start, in parts, several calls a path. Events
 * of paths that are new are in the rings before. Not 0 from fn ends it and is returned; else 0 or
 * -errno.
 */
int collect_counts(struct collect *c, collect_count_fn fn, void *arg);
/* The same for the sums that CPUs keep for themselves; those of a path are never taken out. */
int collect_slots(struct collect *c, collect_count_fn fn, void *arg);
/* The paths that packets have reached by now, on their way and in sockets' queues; no sums. */
int collect_in_use(struct collect *c, collect_count_fn fn, void *arg);
/* From now on its sums begin at zero. False: it has none. */
bool collect_forget_sums(struct collect *c, uint64_t path);
/* The next packet on it tells it again. */
void collect_forget_path(struct collect *c, uint64_t path);
/* There is room for groups again. */
void collect_forget_groups(struct collect *c);
/*
 * Packets of which nothing was seen since before_ns (on the events' clock) and that are in no sum:
 * one call each, and they are forgotten.
 */
int collect_silent(struct collect *c, uint64_t before_ns, collect_count_fn fn, void *arg);

/*
 * With count: where packets are too many to follow each, they are not for a while, and only drops
 * are counted. To be asked often. True: that began since it was asked last; who is on its way now
 * is to be taken as silent.
 */
bool collect_began_to_rest(struct collect *c);
/* How long that was so until now. */
uint64_t collect_rested_ns(const struct collect *c, uint64_t now_ns);

/* With nft_match: what nftables told since, after the events were consumed. */
void collect_told(struct collect *c, nft_trace_fn fn, void *arg);
/* Does it tell? Not where probes see the rules themselves. */
bool collect_traces_nft(const struct collect *c);

/*
 * Two processes share what is open. The one that keeps its rights looks after new namespaces,
 * hooks, programs and modules: collect_keep() once, then collect_tend() often, which returns after
 * how many milliseconds it wants to be called again. The other one reads: collect_part() once,
 * which lets go of what only the first one needs, and starts to read the rings. 0 or -errno.
 */
void collect_keep(struct collect *c);
int collect_tend(struct collect *c);
int collect_part(struct collect *c);
/* For a third one that has neither part: it lets go of all that would keep links alive. */
void collect_leave(struct collect *c);

void collect_losses(struct collect *c, uint64_t loss[WB_LOSS_MAX]);
/* How often the filter, -i and -N were asked about a packet, wherever a journey may begin. */
uint64_t collect_looked(struct collect *c);
/* Probes that the kernel skipped because they interrupted themselves. */
uint64_t collect_misses(struct collect *c);

const struct plan *collect_plan(const struct collect *c);
const struct kernel *collect_kernel(const struct collect *c);
bool collect_observes_netfilter(const struct collect *c);
/* Network namespaces at whose netfilter hooks observers are missing, for want of descriptors. */
size_t collect_unobserved(const struct collect *c);
/* Where nftables does not trace although it was asked for, and why, as said at the start; or "". */
const char *collect_untraced(const struct collect *c);

/* Detaching function probes can take seconds: print first. */
void collect_close(struct collect *c);

#endif
