/* SPDX-License-Identifier: GPL-2.0-only */
/* Drops at a netfilter hook that no rule made: conntrack, NAT, BPF programs, a new route. */
#include "resolve/conntrack_top.h"
#include "resolve/decide.h"
#include "resolve/other_hooks.h"
#include "resolve/sysctl.h"

static bool full(const struct decider *conntrack)
{
	int64_t max = decider_number(conntrack, "max", 0);

	return max > 0 && decider_number(conntrack, "count", 0) >= max;
}

static struct decider *conntrack(struct names *n, const struct journey *j)
{
	struct decider *d = decider_new(DECIDER_CONNTRACK);
	const struct conntrack_top *top;
	int count = sysctl_number(n, j->drop.at.netns_inum, "netfilter/nf_conntrack_count");
	int max = sysctl_number(n, j->drop.at.netns_inum, "netfilter/nf_conntrack_max");

	if (count >= 0)
		decider_set_number(d, "count", count);
	if (max >= 0)
		decider_set_number(d, "max", max);
	decider_set_text(
		d, "cause",
		max > 0 && count >= max ? "the table is full (nf_conntrack_max)"
		: j->drop.judge == DECIDER_CONNTRACK
			? "conntrack refused it: the table was full a moment ago, or its headers "
			  "are invalid"
			: "no rule here can have dropped it: table full, invalid, or a NAT "
			  "clash");
	if (!full(d))
		return d;
	top = conntrack_top(n, j->drop.at.netns_inum);
	if (top->source[0]) {
		decider_set_text(d, "top_source", top->source);
		decider_set_number(d, "top_entries", top->entries);
	}
	return d;
}

struct decider *decide_conntrack(struct names *n, struct journey *j)
{
	/* without a probe that saw conntrack refuse it, a rule may stand at the same hook */
	return j->drop.judge == DECIDER_CONNTRACK ? conntrack(n, j) : decide_netfilter(n, j);
}

struct decider *decide_nat(struct names *n, struct journey *j)
{
	struct decider *d = j->drop.judge == DECIDER_NAT ? decider_new(DECIDER_NAT) : NULL;

	if (d)
		decider_set_text(d, "cause", "no free address and port for this connection");
	return d ? d : decide_netfilter(n, j);
}

static const struct other_hooks *others(struct names *n, const struct journey *j)
{
	return other_hooks_of(n, j->drop.at.netns_inum,
			      j->drop.station == WB_STATION_CONNTRACK ? WB_STATION_NF_PREROUTING
								      : j->drop.station,
			      j->packet.family == 6 ? "ip6" : "ip");
}

/* Conntrack and NAT drop where they begin and where they confirm; at FORWARD they have no hook. */
static bool conntrack_may(struct names *n, const struct journey *j)
{
	const struct other_hooks *o = others(n, j);

	if (j->drop.station == WB_STATION_NF_FORWARD && !j->end_only)
		return false;
	if (j->drop.station != WB_STATION_CONNTRACK && j->drop.station != WB_STATION_NAT)
		return o->conntrack || o->nat;
	return true;
}

/* All at the hook that has no rules, as candidates of d. */
void decide_add_others(struct decider *d, struct names *n, const struct journey *j)
{
	const struct other_hooks *o = others(n, j);
	struct decider *one;

	for (size_t i = 0; i < o->n_programs; i++) {
		one = decider_new(DECIDER_BPF_NETFILTER);
		decider_set_number(one, "id", o->programs[i].id);
		decider_set_text(one, "name", o->programs[i].name);
		decider_add_candidate(d, one);
	}
	if (!conntrack_may(n, j))
		return;
	if (o->nat) {
		one = decider_new(DECIDER_NAT);
		decider_set_text(one, "cause",
				 "no free address and port, or another flow has them");
		decider_add_candidate(d, one);
	}
	decider_add_candidate(d, conntrack(n, j));
}

/* No rule can have done it: what else is at the hook. */
struct decider *decide_others(struct names *n, const struct journey *j)
{
	const struct step *route = decide_route_step(j);
	struct decider *all, *ct, *d;

	/* a mark that was set at OUTPUT leads to another table, and that refused */
	if (j->drop.station == WB_STATION_NF_OUTPUT && route && route->route.raw.err)
		return decide_no_route(n, j);
	ct = conntrack(n, j);
	all = decider_new(DECIDER_CONNTRACK);
	decide_add_others(all, n, j);
	if (!all || !all->n_candidates || full(ct)) {
		decider_unref(all);
		return ct;
	}
	decider_unref(ct);
	all->kind = all->candidates[0]->kind;
	if (all->n_candidates > 1)
		return all;
	d = decider_ref(all->candidates[0]);
	decider_unref(all);
	return d;
}

bool decide_other_may(struct names *n, const struct journey *j)
{
	return conntrack_may(n, j) || others(n, j)->n_programs;
}
