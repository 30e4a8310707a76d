/* SPDX-License-Identifier: GPL-2.0-only */
/* See translated.h. */
#include "causes/translated.h"

#include <linux/netfilter/nf_conntrack_common.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool is_of_connections(const struct wb_packet *p)
{
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
}

static bool same_target(const struct wb_packet *a, const struct wb_packet *b)
{
	return a->dport == b->dport && !memcmp(a->daddr, b->daddr, sizeof(a->daddr));
}

static bool same_source(const struct wb_packet *a, const struct wb_packet *b)
{
	return a->sport == b->sport && !memcmp(a->saddr, b->saddr, sizeof(a->saddr));
}

static bool is_translated(const struct journey *j, const struct step *s)
{
	return s->rewritten && packet_is_translated(&j->packet, &s->packet);
}

static const struct step *translation(const struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (is_translated(j, &j->steps[i]) && !same_target(&j->steps[i].packet, &j->packet))
			return &j->steps[i];
	return NULL;
}

/* Who changed the source of what goes on like that. */
static const struct step *masquerade(const struct journey *j)
{
	const struct wb_packet *last = journey_last_packet(j);

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (is_translated(j, s) && !same_source(&s->packet, &j->packet))
			return same_source(&s->packet, last) ? s : NULL;
	}
	return NULL;
}

static bool is_answer(const struct wb_packet *p, const struct wb_packet *to)
{
	return p->family == to->family && p->proto == to->proto && p->sport == to->dport &&
	       p->dport == to->sport && !memcmp(p->saddr, to->daddr, sizeof(p->saddr)) &&
	       !memcmp(p->daddr, to->saddr, sizeof(p->daddr));
}

void translated_note(struct translated *t, const struct journey *j)
{
	const struct step *s;
	bool source;
	size_t i;

	if (!j->has_packet || !is_of_connections(&j->packet) || j->varies || j->gap || j->headless)
		return;
	/* another source: then its answer goes to whoever translated that */
	source = !same_source(journey_last_packet(j), &j->packet);
	s = source ? masquerade(j) : translation(j);
	if (!s)
		return;
	i = t->next++ % TRANSLATED_MAX;
	t->packets[i].ts_ns = j->ts_ns;
	t->packets[i].sent = j->packet;
	t->packets[i].arrived = *journey_last_packet(j);
	snprintf(t->packets[i].netns, sizeof(t->packets[i].netns), "%s", s->at.netns);
	t->packets[i].inum = s->at.netns_inum;
	t->packets[i].source = source;
}

/* Conntrack had it before, and nobody ever answered: the rules of NAT were asked once, back then.
 */
static bool by_older_entry(const struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum != j->drop.at.netns_inum)
			continue;
		/* it comes round (lo), and made the entry itself on its way out */
		if (s->station == WB_STATION_NF_OUTPUT || s->station == WB_STATION_NF_POSTROUTING)
			return false;
		if (s->station == WB_STATION_NF_PREROUTING && s->ct.raw.has)
			return s->ct.raw.info == IP_CT_NEW && s->ct.raw.status & IPS_CONFIRMED &&
			       s->ct.raw.status & IPS_DST_NAT;
	}
	return false;
}

/* Nobody may have been meant to be asked there. */
static void led_there(struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	struct decider *d = j->drop.decider;
	char was[64], hint[256];

	if (!translation(j) || same_target(p, &j->packet) || p->family != j->packet.family ||
	    p->proto != j->packet.proto || decider_text(d, "hint"))
		return;
	packet_addr(j->packet.family, j->packet.daddr, was, sizeof(was));
	snprintf(hint, sizeof(hint), "it was sent to %s port %u, and NAT led it there%s", was,
		 j->packet.dport,
		 by_older_entry(j) ? ", by an entry that conntrack had before: rules of NAT that "
				     "came since are not asked (conntrack -D lets it begin anew)"
				   : "");
	decider_set_text(d, "hint", hint);
}

/* The answer is where the translation was made, and nobody turned it back. */
static void forgotten(const struct translated *t, size_t i, struct journey *j)
{
	const struct wb_packet *sent = &t->packets[i].sent;
	char cause[256], from[64], now[64];

	packet_addr(sent->family, sent->saddr, from, sizeof(from));
	packet_addr(sent->family, t->packets[i].arrived.saddr, now, sizeof(now));
	snprintf(cause, sizeof(cause),
		 "it answers what %s port %u sent and NAT here gave this source %.1f s before, but "
		 "conntrack did not turn it back: it has no entry for that any more, or was not "
		 "asked",
		 from, sent->sport, (double)(j->ts_ns - t->packets[i].ts_ns) / 1e9);
	decider_set_text(j->drop.decider, "cause", cause);
	decider_add_evidence(j->drop.decider, "what it answers: %s port %u became %s port %u", from,
			     sent->sport, now, t->packets[i].arrived.sport);
}

void translated_tell(const struct translated *t, struct journey *j)
{
	const struct wb_packet *p = journey_last_packet(j);
	char cause[192], was[64], now[64];

	if (j->outcome != OUTCOME_DROPPED || j->varies || !j->drop.decider ||
	    j->drop.decider->n_candidates || !is_of_connections(p))
		return;
	switch (j->drop.decider->kind) {
	case DECIDER_SOCKET:
	case DECIDER_NEIGHBOUR:
	case DECIDER_ROUTE:
		led_there(j);
		break;
	default:
		break;
	}
	if (strcmp(j->drop.reason, "NO_SOCKET") || j->drop.decider->kind != DECIDER_SOCKET)
		return;
	for (size_t i = 0; i < TRANSLATED_MAX; i++) {
		const struct wb_packet *sent = &t->packets[i].sent, *at = &t->packets[i].arrived;

		if (!t->packets[i].ts_ns || t->packets[i].ts_ns > j->ts_ns || !is_answer(p, at))
			continue;
		if (t->packets[i].source) {
			if (t->packets[i].inum != j->drop.at.netns_inum)
				continue;
			forgotten(t, i, j);
			return;
		}
		packet_addr(sent->family, sent->daddr, was, sizeof(was));
		packet_addr(at->family, at->daddr, now, sizeof(now));
		snprintf(cause, sizeof(cause),
			 "it answers what was sent to %s port %u, but NAT had changed that "
			 "address, and this answer did not come back through it",
			 was, sent->dport);
		decider_set_text(j->drop.decider, "cause", cause);
		decider_add_evidence(j->drop.decider,
				     "what it answers: %s port %u became %s port %u%s%s", was,
				     sent->dport, now, at->dport,
				     t->packets[i].netns[0] ? " in " : "", t->packets[i].netns);
		return;
	}
}
