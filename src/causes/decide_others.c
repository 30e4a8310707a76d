/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drops at a netfilter hook that no rule made: conntrack, NAT, IPVS, BPF programs, a new route. Who
 * is not registered at the hook, or whose counters did not move, has not done it; and if nobody is
 * left, nobody is named.
 */
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"
#include "causes/other_hooks.h"
#include "causes/possible_hooks.h"
#include "host/sysctl.h"

static bool full(const struct decider *conntrack)
{
	int64_t max = decider_number(conntrack, "max", 0);

	return max > 0 && decider_number(conntrack, "count", 0) >= max;
}

/* Who has most of its entries. */
static void add_top(struct decider *d, struct names *n, uint32_t inum)
{
	json_t *table = names_ask(n, inum, HOST_ASK_conntrack, json_pack("{s:i}", "max", 0));
	const json_t *busiest = json_object_get(table, "busiest");

	if (busiest) {
		decider_set_text(d, "top_source", listed_word(busiest, "src"));
		decider_set_number(d, "top_entries", listed_number(busiest, "entries", 0));
	}
	json_decref(table);
}

/* What the table did to packets since it began, all CPUs together. */
struct counts {
	int64_t dropped, insert_failed;
	bool read;
};

static void ask_counts(struct names *n, uint32_t inum, struct counts *c)
{
	json_t *cpus = names_ask(n, inum, HOST_ASK_conntrack_stats, NULL), *cpu;
	size_t i;

	c->read = cpus != NULL;
	json_array_foreach(cpus, i, cpu)
	{
		c->dropped += listed_number(cpu, "drop", 0);
		c->insert_failed += listed_number(cpu, "insert_failed", 0);
	}
	json_decref(cpus);
}

/* It begins connections at the first hook and enters them in its table at the last. */
static bool confirms(const struct journey *j)
{
	return j->drop.station == WB_STATION_NF_INPUT ||
	       j->drop.station == WB_STATION_NF_POSTROUTING;
}

/* NULL: it has dropped nothing so far, so not this packet either. */
static struct decider *conntrack(struct names *n, const struct journey *j)
{
	uint32_t inum = j->drop.at.netns_inum;
	int count = sysctl_number(n, inum, "netfilter/nf_conntrack_count");
	int max = sysctl_number(n, inum, "netfilter/nf_conntrack_max");
	bool seen = j->drop.judge == DECIDER_CONNTRACK;
	struct counts c = {0};
	struct decider *d;

	ask_counts(n, inum, &c);
	if (!seen && c.read && !c.dropped && !c.insert_failed && (max <= 0 || count < max))
		return NULL;
	d = decider_new(DECIDER_CONNTRACK);
	if (count >= 0)
		decider_set_number(d, "count", count);
	if (max >= 0)
		decider_set_number(d, "max", max);
	if (c.read)
		decider_add_evidence(d, "conntrack's counters: drop %lld, insert_failed %lld",
				     (long long)c.dropped, (long long)c.insert_failed);
	decider_set_text(d, "cause",
			 max > 0 && count >= max ? "the table is full (nf_conntrack_max)"
			 : confirms(j) ? "another connection has its addresses and ports (a clash)"
				       : "the table was full a moment ago, or its headers are "
					 "invalid");
	if (full(d))
		add_top(d, n, inum);
	return d;
}

struct decider *decide_conntrack(struct names *n, struct journey *j)
{
	/* without a probe that saw conntrack refuse it, a rule may stand at the same hook */
	return j->drop.judge == DECIDER_CONNTRACK ? conntrack(n, j) : decide_netfilter(n, j);
}

/* nf_nat_icmp_reply_translation() and its like for IPv6, 5.10 to 7.2 */
static bool is_redirect(const struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);

	return p->proto == (p->family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) &&
	       p->icmp_type == (p->family == 6 ? ND_REDIRECT : ICMP_REDIRECT);
}

static const char *why_nat(const struct journey *j)
{
	if (is_redirect(j))
		return "a redirect about a connection that it translates, or has not done with, "
		       "is not passed on";
	if (j->drop.station == WB_STATION_NF_OUTPUT)
		return "there is no route to the address that it was given";
	return j->drop.judge == DECIDER_NAT
		       ? "no free address and port for this connection"
		       : "no free address and port, or none of the device's to masquerade with";
}

struct decider *decide_nat(struct names *n, struct journey *j)
{
	struct decider *d = j->drop.judge == DECIDER_NAT ? decide_reroute(n, j) : NULL;

	if (!d && j->drop.judge == DECIDER_NAT) {
		d = decider_new(DECIDER_NAT);
		decider_set_text(d, "cause", why_nat(j));
	}
	return d ? d : decide_netfilter(n, j);
}

static struct other_hooks others(struct names *n, const struct journey *j)
{
	enum wb_station s = j->drop.station == WB_STATION_CONNTRACK ? WB_STATION_NF_PREROUTING
			    : j->drop.station == WB_STATION_NAT	    ? WB_STATION_NF_OUTPUT
								    : j->drop.station;

	return other_hooks_of(n, j->drop.at.netns_inum, 1ULL << s | hooks_unwatched(j),
			      j->packet.family == 6 ? "ip6" : "ip");
}

/* Conntrack and NAT drop where they begin and where they confirm; at FORWARD they have no hook. */
static bool conntrack_may(struct names *n, const struct journey *j)
{
	struct other_hooks o;

	if (j->drop.station == WB_STATION_NF_FORWARD && !hooks_several(j))
		return false;
	if (j->drop.station == WB_STATION_CONNTRACK || j->drop.station == WB_STATION_NAT)
		return true;
	o = others(n, j);
	return o.conntrack || o.nat;
}

static void add_connection_tracking(struct decider *d, struct names *n, const struct journey *j)
{
	struct decider *one;

	if (others(n, j).nat) {
		one = decider_new(DECIDER_NAT);
		decider_set_text(one, "cause", why_nat(j));
		decider_add_candidate(d, one);
	}
	one = conntrack(n, j);
	if (one)
		decider_add_candidate(d, one);
}

/* All at the hook that has no rules, as candidates of d. */
void decide_add_others(struct decider *d, struct names *n, const struct journey *j)
{
	const struct other_hooks o = others(n, j);
	struct decider *one;

	for (size_t i = 0; i < o.n_programs; i++) {
		one = decider_new(DECIDER_BPF_NETFILTER);
		decider_set_number(one, "id", o.programs[i].id);
		decider_set_text(one, "name", o.programs[i].name);
		decider_add_candidate(d, one);
	}
	if (o.ipvs)
		decider_add_candidate(d, decider_new(DECIDER_IPVS_SERVICE));
	if (conntrack_may(n, j))
		add_connection_tracking(d, n, j);
}

/* The one that is left is certain only where the kernel listed all that is at the hook. */
static struct decider *conclude(struct decider *all, struct journey *j, const struct other_hooks *o)
{
	struct decider *d;

	if (!all->n_candidates) {
		decider_unref(all);
		if (o->unknown[0])
			snprintf(j->drop.not_read, sizeof(j->drop.not_read),
				 "what is done by %.47s", o->unknown);
		else if (!o->known)
			list_failed(j, "the kernel's list of hooks");
		return NULL;
	}
	all->kind = all->candidates[0]->kind;
	if (all->n_candidates > 1 || ((!o->known || o->unknown[0]) && !full(all->candidates[0])))
		return all;
	d = decider_ref(all->candidates[0]);
	decider_add_evidence(d, "no rule at the hook fits, and nothing else is registered there");
	decider_unref(all);
	return d;
}

/* Unless its counters stand still, connection tracking may have done it as well as d. */
static struct decider *or_conntrack(struct names *n, const struct journey *j, struct decider *d)
{
	struct decider *tracking = conntrack(n, j), *all;

	if (!tracking)
		return d;
	all = d->n_candidates ? d : decider_new(d->kind);
	if (!d->n_candidates)
		decider_add_candidate(all, d);
	decider_add_candidate(all, tracking);
	return all;
}

/* No rule can have done it: what else is at the hook. */
struct decider *decide_others(struct names *n, struct journey *j)
{
	const struct step *route = decide_route_step(j);
	struct other_hooks o;
	struct decider *all, *d;

	/* a mark that was set at OUTPUT leads to another table, and that refused */
	if (j->drop.station == WB_STATION_NF_OUTPUT && route && route->route.raw.err)
		return decide_no_route(n, j);
	d = decide_reroute(n, j);
	if (d)
		return or_conntrack(n, j, d);
	all = decider_new(DECIDER_CONNTRACK);
	decide_add_others(all, n, j);
	o = others(n, j);
	return conclude(all, j, &o);
}

bool decide_other_may(struct names *n, const struct journey *j)
{
	const struct other_hooks o = others(n, j);

	return conntrack_may(n, j) || o.n_programs || o.ipvs || o.unknown[0];
}

bool decide_all_known(struct names *n, const struct journey *j)
{
	const struct other_hooks o = others(n, j);

	return o.known && !o.unknown[0];
}
