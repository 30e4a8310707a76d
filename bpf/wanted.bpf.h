/* SPDX-License-Identifier: GPL-2.0-only */
/* Does the user want this packet? Options and the filter expression; nothing is remembered here. */
#ifndef WAYBILL_WANTED_BPF_H
#define WAYBILL_WANTED_BPF_H

#include "track.bpf.h"

static __always_inline bool ifname_matches(const struct view *v)
{
	const struct net_device *dev = (const void *)v->dev;
	__u64 name[2] = {}; /* behind its end only zeros, as in the configuration */

	if (!cfg.ifnames[0][0])
		return true;
	if (!dev || bpf_probe_read_kernel_str(name, sizeof(name), &dev->name) < 0)
		return false;
#pragma unroll
	for (int i = 0; i < WB_IFNAMES_MAX; i++) {
		const __u64 *wanted = (const void *)cfg.ifnames[i];

		if (!cfg.ifnames[i][0])
			return false;
		if (name[0] == wanted[0] && name[1] == wanted[1])
			return true;
	}
	return false;
}

/* Does the user want this packet? The user's filter expression runs in here. */
static __always_inline bool wanted(struct hit *h)
{
	const struct view *v = &h->v;
	bool l2 = v->mac != 0xffff && v->mac + 14 <= v->net;

	if (!netns_wanted(v->netns))
		return false;
	if (!ifname_matches(v))
		return false;
	if (cfg.flags & WB_CFG_MATCH_ALL)
		return true;
	if (l2) {
		if (!window_fill(&h->s->window, v, true))
			return false;
		return filter_l2(&h->s->window);
	}
	if (cfg.flags & WB_CFG_L3_NEVER)
		return false;
	if (!window_fill(&h->s->window, v, false))
		return false;
	return filter_l3(&h->s->window);
}

#endif
