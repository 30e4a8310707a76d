/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside observe.h: the namespaces that are observed, and what is held in each. */
#ifndef WAYBILL_COLLECT_OBSERVE_STATE_H
#define WAYBILL_COLLECT_OBSERVE_STATE_H

#include "collect/observe.h"
#include "waybill/hooks.h"

#define NF_LINKS    (2 * NF_FAMILIES * NF_HOOKS)

/*
 * A netfilter link keeps its namespace alive, and with it that namespace's devices. So the links go
 * as soon as nothing else has the namespace any more, or deleting one would stop working while
 * waybill runs.
 */
struct place {
	uint32_t inum;
	unsigned scan; /* the last one that met it */
	char *path;    /* where it can be entered again */
	int links[NF_LINKS];
	size_t n_links;
	bool short_of; /* descriptors or memory: some hooks have no link */
	uint32_t first, last;	 /* hooks that are linked, as sets of nf_bit() */
	struct nft_trace *trace; /* NULL: none */
};

struct observe {
	int *links; /* at devices */
	size_t n_links, room;
	struct clsact *filters; /* at devices, too */
	size_t n_filters;
	struct place *places;
	size_t n_places;
	unsigned scan;
	int own_ns;
	int watch;	    /* inotify on NETNS_DIR */
	char untraced[256]; /* why nftables does not trace in a namespace */
	uint64_t soon_until; /* a name was made there; its namespace is mounted a moment later */
	uint64_t rules_at;   /* when to look again which hooks are in use */
};

/* Lets go of all that is held there. */
void observe_leave_place(struct place *p);

#endif
