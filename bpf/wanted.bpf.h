/* SPDX-License-Identifier: GPL-2.0-only */
/* Does the user want this packet? Options and the filter expression; nothing is remembered here. */
#ifndef WAYBILL_WANTED_BPF_H
#define WAYBILL_WANTED_BPF_H

#include "track.bpf.h"

static __always_inline bool ifname_matches(const struct view *v)
{
	const struct net_device *dev = (const void *)v->dev;
	char name[16] = {};

	if (!cfg.ifname[0])
		return true;
	if (!dev || bpf_probe_read_kernel(name, sizeof(name), &dev->name))
		return false;
#pragma unroll
	for (int i = 0; i < 16; i++) {
		if (name[i] != cfg.ifname[i])
			return false;
		if (!name[i])
			break;
	}
	return true;
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
