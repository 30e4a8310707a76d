/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill's own observers at netfilter hooks, XDP and tc: links only, so the kernel removes them
 * together with the process. The programs themselves are in bpf/observe.bpf.c.
 */
#ifndef WAYBILL_COLLECT_OBSERVE_H
#define WAYBILL_COLLECT_OBSERVE_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct observe;

int observe_new(struct observe **ret);
void observe_free(struct observe *o); /* closes all links */

/*
 * Links first and last at every IPv4 and IPv6 hook of every namespace that is not done yet, or only
 * of those with the inode numbers in netns (WB_NETNS_MAX, 0 ends them), and lets go of those that
 * nobody else uses any more. Returns the number of namespaces that were new.
 */
int observe_netfilter(struct observe *o, int first_fd, int last_fd, const uint32_t *netns);
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

/* At a device of the current namespace. 0, or -errno with a sentence in err. */
int observe_tc(struct observe *o, int in_fd, int out_fd, const struct observe_what *w, char *err,
	       size_t size);
int observe_xdp(struct observe *o, int prog_fd, const struct observe_what *w, char *err,
		size_t size);

#endif
