/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For each probe: how it will be observed on this kernel, or why not. Pure choice from what
 * kernel.h found; loading and attaching is in attach.h.
 */
#ifndef WAYBILL_COLLECT_PLAN_H
#define WAYBILL_COLLECT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/kernel.h"
#include "waybill/probe.h"

/* X(ID, name) */
#define COLLECT_MODES(X)                                                                           \
	X(AUTO, "auto")                                                                            \
	X(FENTRY, "fentry")                                                                        \
	X(KPROBE, "kprobe")                                                                        \
	X(TRACEPOINT, "tracepoint")

enum collect_mode {
#define X(id, name) MODE_##id,
	COLLECT_MODES(X)
#undef X
		MODE_MAX
};
const char *collect_mode_name(enum collect_mode m);
/* MODE_MAX: no such mode. */
enum collect_mode collect_mode_by_name(const char *name);

enum plan_how {
	HOW_NONE, /* not observed: why says the reason */
	HOW_TRACEPOINT,
	HOW_FENTRY,
	HOW_KPROBE,
	HOW_KPROBE_MULTI,
	HOW_OBSERVER,
	HOW_FEXIT, /* behind each of other people's programs, see programs.h */
};
const char *plan_how_name(enum plan_how how);
/* What stands before a function's name in those of its programs; of FENTRY and KPROBE only. */
const char *plan_entry_prefix(enum plan_how how);
const char *plan_exit_prefix(enum plan_how how);

enum plan_kind { PROBE_TRACEPOINT, PROBE_FUNCTION, PROBE_OWN_FUNCTION, PROBE_OBSERVER };

struct plan_row {
	const char *name; /* of the tracepoint, function or observer */
	enum plan_kind kind;
	enum wb_station station;
	uint8_t skb_arg;
	uint8_t args; /* of the function, where fentry observes it */
	enum plan_how how;
	char program[64]; /* entry program; exit programs have fx_ or kr_ in front of the name */
	char why[96];
	bool refused; /* it was chosen, and the verifier would not have it */
};

struct plan {
	enum collect_mode asked, mode;	    /* mode: what auto came to */
	struct plan_row rows[WB_PROBE_MAX]; /* indexed by enum wb_probe */
	unsigned n_probes;
};

/* What a plan is made for. */
struct plan_ask {
	enum collect_mode mode;
	bool want_nf; /* own observers at the netfilter hooks, where the kernel can */
	bool count;   /* only what tells of packets' ends */
	bool drops;   /* only of drops */
	bool (*built)(void *arg, const char *program); /* is there a BPF program of that name? */
	void *arg;
};

/* Returns 0, or -EOPNOTSUPP with err set. */
int plan_make(struct plan *p, const struct kernel *k, const struct plan_ask *ask, char *err,
	      size_t err_size);

/* A row that turned out not to be needed, or not to attach. */
void plan_drop(struct plan *p, enum wb_probe probe, const char *why);
/* A row whose program the kernel's verifier refuses: it is named at the start. */
void plan_refuse(struct plan *p, enum wb_probe probe);

/* An own observer that the user asks for, by one program or more. */
void plan_observe(struct plan *p, enum wb_probe probe, const char *program);

/* Would this probe, if it is observed, reach the station? */
bool plan_row_serves(const struct plan *p, enum wb_probe probe, enum wb_station s);

/* Is any probe left that reaches the station? */
bool plan_reaches(const struct plan *p, enum wb_station s);

/* Is every ICMP error of this IP version told that is sent because of a traced packet? */
bool plan_watches_icmp(const struct plan *p, int version);

/* Bits of stations: netfilter hooks at which each packet is told, if anybody stands there. */
uint64_t plan_watched_hooks(const struct plan *p);

#endif
