/* SPDX-License-Identifier: GPL-2.0-only */
/* See passed.h. */
#include "causes/passed.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "host/sysctl.h"
#include "util/clock.h"

static bool is_answer(const struct wb_packet *p, const struct wb_packet *to)
{
	return p->family == to->family && p->proto == to->proto && p->sport == to->dport &&
	       p->dport == to->sport && !memcmp(p->saddr, to->daddr, sizeof(p->saddr)) &&
	       !memcmp(p->daddr, to->saddr, sizeof(p->daddr));
}

static bool is_of_connections(const struct wb_packet *p)
{
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
}

static void note_zone(struct passed_one *one, uint32_t netns, uint16_t zone)
{
	for (size_t i = 0; i < PASSED_NETNS; i++)
		if (!one->tracked[i].netns || one->tracked[i].netns == netns) {
			one->tracked[i].netns = netns;
			one->tracked[i].zone = zone;
			return;
		}
}

void passed_note(struct passed *a, const struct journey *j)
{
	struct passed_one one = {.ts_ns = j->ts_ns};

	if ((j->outcome != OUTCOME_DELIVERED && j->outcome != OUTCOME_TRANSMITTED) ||
	    !j->has_packet || !is_of_connections(&j->packet) || j->varies || j->gap)
		return;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].ct.has && j->steps[i].ct.raw.has)
			note_zone(&one, j->steps[i].at.netns_inum, j->steps[i].ct.raw.zone);
	if (!one.tracked[0].netns)
		return;
	one.packet = *journey_last_packet(j);
	a->through[a->next++ % PASSED_MAX] = one;
}

/* Where conntrack took it for something new; NULL: it did not, or it is not known. */
static const struct wb_ct *taken_for_new(const struct journey *j)
{
	for (size_t i = j->n_steps; i-- > 0;) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum == j->drop.at.netns_inum && s->ct.has && s->ct.raw.has)
			return s->ct.raw.info == IP_CT_NEW ? &s->ct.raw : NULL;
	}
	return NULL;
}

#define UNTRACKED 7 /* IP_CT_UNTRACKED, which is the kernel's own */

/* A rule took it out of connection tracking. */
static bool is_untracked(const struct journey *j)
{
	for (size_t i = j->n_steps; i-- > 0;) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum == j->drop.at.netns_inum && s->ct.has)
			return (s->ct.raw.info & 7) == UNTRACKED;
	}
	return false;
}

static int zone_of(const struct passed_one *one, uint32_t netns)
{
	for (size_t i = 0; i < PASSED_NETNS; i++)
		if (one->tracked[i].netns == netns)
			return one->tracked[i].zone;
	return -1;
}

static void say(struct names *n, struct journey *j, const struct passed_one *one, int zone,
		const struct wb_ct *ct)
{
	double age = (double)(j->ts_ns - one->ts_ns) / (double)SECOND_NS;
	int timeout = one->packet.proto == IPPROTO_UDP
			      ? sysctl_number(n, j->drop.at.netns_inum,
					      "netfilter/nf_conntrack_udp_timeout")
			      : -1;
	struct decider *d = j->drop.decider;
	char hint[256];

	if (zone != ct->zone)
		snprintf(hint, sizeof(hint),
			 "it answers what went out before, which conntrack has in zone %d; this "
			 "answer came in zone %u, where it is new",
			 zone, ct->zone);
	else if (timeout >= 0 && age >= timeout)
		snprintf(hint, sizeof(hint),
			 "it answers what went out %.1f s before, but conntrack's entry for that "
			 "had expired, so to it the answer is new "
			 "(net.netfilter.nf_conntrack_udp_timeout = %d)",
			 age, timeout);
	else
		snprintf(hint, sizeof(hint),
			 "it answers what went out %.1f s before, but conntrack has no entry for "
			 "that any more, so to it the answer is new",
			 age);
	decider_set_text(d, "hint", hint);
	decider_add_evidence(d, "what it answers was let through %.1f s before", age);
}

static void say_untracked(struct journey *j, const struct passed_one *one)
{
	double age = (double)(j->ts_ns - one->ts_ns) / (double)SECOND_NS;

	decider_set_text(j->drop.decider, "hint",
			 "it answers what went out before, but a rule of notrack keeps it from "
			 "connection tracking (state untracked), so what lets established "
			 "connections pass does not take it");
	decider_add_evidence(j->drop.decider, "what it answers was let through %.1f s before", age);
	decider_add_evidence(j->drop.decider, "conntrack state untracked");
}

bool passed_tell(const struct passed *a, struct names *n, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	const struct decider *d = j->drop.decider;
	const struct wb_ct *ct;
	bool untracked;

	if (j->outcome != OUTCOME_DROPPED || j->varies || j->gap || !is_of_connections(p) || !d ||
	    decider_text(d, "hint") ||
	    (d->kind != DECIDER_NFT_RULE && d->kind != DECIDER_NFT_POLICY &&
	     d->kind != DECIDER_IPTABLES_RULE && d->kind != DECIDER_IPTABLES_POLICY))
		return false;
	ct = taken_for_new(j);
	untracked = is_untracked(j);
	for (size_t i = 0; (ct || untracked) && i < PASSED_MAX; i++) {
		const struct passed_one *one =
			&a->through[(a->next + PASSED_MAX - 1 - i) % PASSED_MAX];
		int zone = zone_of(one, j->drop.at.netns_inum);

		if (!one->ts_ns || one->ts_ns > j->ts_ns || zone < 0 || !is_answer(p, &one->packet))
			continue;
		if (untracked)
			say_untracked(j, one);
		else
			say(n, j, one, zone, ct);
		return true;
	}
	return false;
}
