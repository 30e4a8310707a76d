/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill's own observers at netfilter hooks, XDP and tc: links, so the kernel removes them
 * together with the process; only a kernel without tc links has filters instead (clsact.h). The
 * programs themselves are in bpf/observe.bpf.c.
 */
#ifndef WAYBILL_COLLECT_OBSERVE_H
#define WAYBILL_COLLECT_OBSERVE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/clsact.h"
#include "collect/nft_trace.h"

struct observe;

int observe_new(struct observe **ret);
/*
 * After a fork: the process that only reads lets go of links and listeners, which are the other
 * one's; that one lets go of filters, whose watching child is the first one's.
 */
void observe_leave(struct observe *o);
void observe_leave_filters(struct observe *o);
void observe_free(struct observe *o); /* closes all links */

/* What is done in each namespace. */
struct observe_places {
	int first_fd, last_fd; /* programs at netfilter hooks; negative: none */
	int busy_fd; /* the program that tells which hooks are in use; negative: stand at all */
	const uint32_t *netns; /* only those with these inode numbers (WB_NETNS_MAX, 0 ends them) */
	char *const *nft_match; /* nftables traces packets under one of these conditions */
	size_t n_nft_match;	/* 0: it does not */
};

/*
 * Links first and last at every IPv4 and IPv6 hook (with busy_fd: that is in use), and nftables'
 * tracing, in every namespace that is not done yet; lets go of those that nobody else uses any
 * more. Returns the number of namespaces that were new.
 */
int observe_namespaces(struct observe *o, const struct observe_places *p);
/*
 * Links at the hooks that came into use since, a tenth of a second later or, with many namespaces,
 * so that looking takes at most a fiftieth of the time. To be asked often.
 */
void observe_rules(struct observe *o, const struct observe_places *by);
/* Namespaces at whose hooks links are missing, for want of descriptors or memory. */
size_t observe_n_unlinked(const struct observe *o);
/* Namespaces in which nftables traces, and why it doesn't in the last one that refused ("": none).
 */
size_t observe_n_traced(const struct observe *o);
const char *observe_why_untraced(const struct observe *o);
/* Those in which it doesn't: "3 network namespaces (/run/netns/a, ...): why"; "": none. */
void observe_untraced(const struct observe *o, char *ret, size_t size);
/* What nftables told since; returns how often messages were lost. */
uint64_t observe_told(struct observe *o, nft_trace_fn fn, void *arg);
/* Was a namespace named or deleted just now? Cheap: to be asked often, beside regular scans. */
bool observe_is_stale(struct observe *o);

/* An argument of --attach. */
enum observe_at { OBSERVE_NF, OBSERVE_TC, OBSERVE_XDP };
struct observe_what {
	enum observe_at at;
	char dev[IFNAMSIZ];
	uint32_t xdp_flags; /* XDP_FLAGS_*_MODE, 0: the kernel chooses */
};
/* False: it is none. */
bool observe_parse(const char *arg, struct observe_what *ret);

/* Takes the link over, until observe_free(). 0 or -ENOMEM, then it is closed. */
int observe_keep(struct observe *o, int link_fd);
/* The same for filters in the place of links. */
int observe_keep_filters(struct observe *o, const struct clsact *c);

/* At a device of the current namespace. 0, or -errno with a sentence in err. */
int observe_tc(struct observe *o, int in_fd, int out_fd, const struct observe_what *w, char *err,
	       size_t size);
/* The same for a kernel without tc links; while the process has one thread. */
int observe_tc_filters(struct observe *o, int in_fd, int out_fd, const struct observe_what *w,
		       char *err, size_t size);
int observe_xdp(struct observe *o, int prog_fd, const struct observe_what *w, char *err,
		size_t size);

#endif
