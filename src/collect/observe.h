/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill's own observers at netfilter hooks, XDP and tc: links only, so the kernel removes them
 * together with the process. The programs themselves are in bpf/observe.bpf.c.
 */
#ifndef WAYBILL_COLLECT_OBSERVE_H
#define WAYBILL_COLLECT_OBSERVE_H

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

/* One device of the current namespace. err gets a sentence. */
int observe_tc(struct observe *o, int in_fd, int out_fd, const char *dev, char *err, size_t size);

#endif
