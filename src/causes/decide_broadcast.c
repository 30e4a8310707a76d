/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A broadcast to the network behind another device of a router (wake on LAN, discovery): the router
 * takes it itself and passes it on only if it is told to (bc_forwarding, ip_mkroute_input; 5.10 to
 * 7.2). Where nobody on it listens, that was its end.
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/broadcast.h"
#include "host/sysctl.h"

/* NULL: it was for hosts here, or this is no router, or it does pass them on. */
static struct decider *not_passed_on(struct names *n, const struct journey *j,
				     const struct step *in)
{
	uint32_t inum = in->at.netns_inum;
	char dev[16], name[128];
	struct decider *d;
	int own;

	if (!broadcast_device(n, inum, journey_last_packet(j)->daddr, dev, sizeof(dev)) ||
	    !strcmp(dev, in->at.dev) ||
	    decide_sysctl(n, inum, "ipv4", in->at.dev, "forwarding", name, sizeof(name)) != 1)
		return NULL;
	own = decide_sysctl(n, inum, "ipv4", in->at.dev, "bc_forwarding", name, sizeof(name));
	if (own == 1) /* both are needed */
		own = decide_sysctl(n, inum, "ipv4", "all", "bc_forwarding", name, sizeof(name));
	if (own)
		return NULL;
	d = sysctl_decider(name, 0);
	decider_set_text(d, "to_dev", dev);
	return d;
}

/* Where it came in to whoever saw it last; NULL: it was sent there. */
static const struct step *came_in(const struct journey *j)
{
	for (size_t i = j->n_steps; i-- > 0;)
		if (j->steps[i].at.netns_inum != j->steps[j->n_steps - 1].at.netns_inum)
			return NULL;
		else if (j->steps[i].station == WB_STATION_RX)
			return &j->steps[i];
	return NULL;
}

void decide_broadcast(struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct step *in = came_in(j);
	struct decider *d;

	if (!in || !in->at.dev[0] || p->family != 4 || packet_addr_is_group(4, p->daddr))
		return;
	d = not_passed_on(n, j, in);
	if (!d)
		return;
	j->outcome = OUTCOME_DROPPED;
	j->has_drop = true;
	j->drop.at = in->at;
	j->drop.layer = WB_LAYER_ROUTE;
	j->drop.station = WB_STATION_ROUTE_IN;
	j->drop.reason_is_location = true;
	snprintf(j->drop.reason, sizeof(j->drop.reason), "DIRECTED_BROADCAST");
	decider_unref(j->drop.decider);
	j->drop.decider = d;
}
