/* SPDX-License-Identifier: GPL-2.0-only */
/* Which question is asked for which drop: rows, first match wins. */
#include "causes/decide.h"

#include <stdio.h>
#include <string.h>

#include "causes/drop_place.h"

static const struct {
	enum wb_layer layer;
	enum wb_station station; /* NONE: any */
	struct decider *(*ask)(struct names *n, struct journey *j);
	unsigned needs; /* VARIES_*: asked only if these are known */
	bool by_place;	/* what it concludes depends on the function that freed the packet */
} rows[] = {
	{WB_LAYER_XDP, WB_STATION_NONE, decide_xdp, 0, true},
	{WB_LAYER_TC_IN, WB_STATION_NONE, decide_tc, 0, false},
	{WB_LAYER_TC_OUT, WB_STATION_NONE, decide_tc, 0, false},
	{WB_LAYER_NETFILTER, WB_STATION_CONNTRACK, decide_conntrack, 0, false},
	{WB_LAYER_NETFILTER, WB_STATION_NAT, decide_nat, 0, false},
	{WB_LAYER_NETFILTER, WB_STATION_NONE, decide_netfilter, 0, false},
	{WB_LAYER_BRIDGE, WB_STATION_NONE, decide_bridge, VARIES_TARGET, true},
	{WB_LAYER_ROUTE, WB_STATION_NEIGHBOUR, decide_neighbour, VARIES_TARGET, false},
	{WB_LAYER_ROUTE, WB_STATION_NONE, decide_route, VARIES_ADDRESSES, true},
	{WB_LAYER_SOCKET, WB_STATION_SOCKET_FILTER, decide_cgroup, 0, false},
	{WB_LAYER_SOCKET, WB_STATION_NONE, decide_socket, VARIES_TARGET, false},
	{WB_LAYER_QDISC, WB_STATION_NONE, decide_qdisc, 0, false},
	{WB_LAYER_DRIVER, WB_STATION_DRIVER_TX, decide_device, 0, false},
	{WB_LAYER_STACK, WB_STATION_TCP, decide_socket, VARIES_TARGET, false},
	{WB_LAYER_STACK, WB_STATION_UDP, decide_socket, VARIES_TARGET, false},
	{WB_LAYER_STACK, WB_STATION_ICMP, decide_icmp, 0, false},
	{WB_LAYER_STACK, WB_STATION_XFRM, decide_xfrm, VARIES_ADDRESSES, true},
	{WB_LAYER_STACK, WB_STATION_NONE, decide_stack, 0, true},
};

struct step *decide_step_at(const struct journey *j, enum wb_station s)
{
	for (size_t i = j->n_steps; i-- > 0;)
		if (j->steps[i].station == s && j->steps[i].at.netns_inum == j->drop.at.netns_inum)
			return &j->steps[i];
	return NULL;
}

struct decider *decide_perhaps(struct decider *d)
{
	struct decider *all = d && !d->n_candidates ? decider_new(d->kind) : NULL;

	if (!all)
		return d;
	decider_add_candidate(all, d);
	return all;
}

static void ask(struct names *n, struct journey *j)
{
	if (!(j->varies & VARIES_ADDRESSES))
		j->drop.decider = decide_xfrm_silent(n, j);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !j->drop.decider; i++) {
		if (rows[i].layer != j->drop.layer ||
		    (rows[i].station && rows[i].station != j->drop.station))
			continue;
		if (!(j->varies & rows[i].needs))
			j->drop.decider = rows[i].ask(n, j);
		if (rows[i].by_place && drop_place_unread(&j->drop))
			j->drop.decider = decide_perhaps(j->drop.decider);
		break;
	}
}

/* An XDP program's mode, and who in a chain of them it was. */
static void complete_program(struct names *n, struct journey *j, struct step *s)
{
	struct decider *d = j->drop.decider;

	if (!d || d->kind != DECIDER_XDP_PROGRAM)
		return;
	if (!d->n_candidates && !decider_text(d, "mode"))
		decider_set_text(d, "mode", decide_xdp_mode(j));
	j->drop.decider = decide_component(n, d);
	if (s && s->decider && s->decider != j->drop.decider) {
		decider_unref(s->decider);
		s->decider = decider_ref(j->drop.decider);
	}
}

void decide(struct names *n, struct journey *j)
{
	struct step *s = decide_step_at(j, j->drop.station);

	if (s && s->decider && !j->drop.decider) {
		j->drop.decider = decider_ref(s->decider);
		decide_rule_text(n, j, j->drop.decider);
	}
	if (!j->drop.decider)
		ask(n, j);
	complete_program(n, j, s);
	decide_nfqueue(n, j);
	if (!(j->varies & VARIES_ADDRESSES))
		decide_invalid(n, j);
	decide_translation(n, j);
	if (!(j->varies & (VARIES_ADDRESSES | VARIES_PROTO)))
		decide_related(n, j);
	s = decide_step_at(j, j->drop.station);
	if (s && !s->decider)
		s->decider = decider_ref(j->drop.decider);
	if (s && !verdict_is_fatal(s->verdict))
		s->verdict = VERDICT_DROP;
}
