/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of its ends is the packet's, and what it means. The order of the rules is the order of
 * their certainty. Where a drop is counted is in drop_place.c.
 */
#include "causes/fate.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "causes/drop_place.h"
#include "causes/ending.h"
#include "model/icmp.h"

static bool was_read(const struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].station == WB_STATION_SOCKET_READ)
			return true;
	return false;
}

/* The first end that is a real drop. */
static const struct ending *fatal_end(const struct journey *j)
{
	for (size_t i = 0; i < j->n_endings; i++)
		if (j->endings[i].is_drop && !ending_harmless(j, &j->endings[i]))
			return &j->endings[i];
	return NULL;
}

/* What is missing may have been its way on. */
static const struct ending *stolen_end(const struct journey *j)
{
	const struct ending *e = j->n_endings ? &j->endings[j->n_endings - 1] : NULL;

	return e && !j->gap && (ending_stolen(j, e) || ending_refused(j, e)) ? e : NULL;
}

static void set_drop(struct journey *j, const struct ending *e)
{
	struct drop *d = &j->drop;

	j->has_drop = true;
	j->outcome = OUTCOME_DROPPED;
	d->reason_raw = e->reason_raw;
	d->location_raw = e->location_raw;
	d->location_offset = e->offset;
	d->sk = e->sk;
	memcpy(d->behind, e->behind, sizeof(d->behind));
	d->mark_known = e->mark_known;
	d->pkt_type = e->pkt_type;
	d->mark = e->mark;
	d->at = e->at;
	snprintf(d->location, sizeof(d->location), "%s", e->function);
	snprintf(d->module, sizeof(d->module), "%s", e->module);
	snprintf(d->reason, sizeof(d->reason), "%s", e->reason);
	drop_place(j, e);
	/* NO_SOCKET and the like happen at the protocol; the hook before it accepted */
	if (d->layer == WB_LAYER_NETFILTER)
		return;
	for (size_t i = 0; i < e->after_step && i < j->n_steps; i++)
		if (station_layer(j->steps[i].station) == WB_LAYER_NETFILTER &&
		    j->steps[i].verdict == VERDICT_NONE)
			j->steps[i].verdict = VERDICT_ACCEPT;
}

/* A listener's probe saw one of its queues full; value is the length of the SYN queue, if that was.
 */
static void name_full_listener(struct journey *j, const struct wb_sock_body *listener)
{
	j->drop.layer = WB_LAYER_SOCKET;
	j->drop.sk = listener->sk;
	j->drop.reason_is_location = true;
	snprintf(j->drop.reason, sizeof(j->drop.reason), "%s",
		 listener->value ? "SYN_QUEUE_FULL" : "ACCEPT_QUEUE_FULL");
}

/* Of XDP the kernel names no reason, but its verdict is known where a program told it. */
static void name_xdp(struct drop *d)
{
	static const struct {
		const char *action, *reason;
	} rows[] = {{"aborted", "XDP_ABORTED"}, {"tx", "XDP_TX"}, {"redirect", "XDP_REDIRECT"}};
	const char *action = d->decider ? decider_text(d->decider, "action") : NULL;
	const char *reason = "XDP_DROP";

	for (size_t i = 0; action && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(action, rows[i].action))
			reason = rows[i].reason;
	snprintf(d->reason, sizeof(d->reason), "%s", reason);
	d->reason_is_location = true;
}

/* A verdict that a step brought itself is fatal even if no buffer was seen to be freed. */
static bool fatal_step(struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->steps[i];

		if (s->verdict != VERDICT_DROP && s->verdict != VERDICT_ABORTED)
			continue;
		j->has_drop = true;
		j->outcome = OUTCOME_DROPPED;
		j->drop.station = s->station;
		j->drop.layer = station_layer(s->station);
		j->drop.at = s->at;
		j->drop.decider = decider_ref(s->decider);
		snprintf(j->drop.reason, sizeof(j->drop.reason), "NOT_SPECIFIED");
		if (s->station == WB_STATION_XDP)
			name_xdp(&j->drop);
		if (s->station == WB_STATION_TCP && s->sock)
			name_full_listener(j, s->sock);
		return true;
	}
	return false;
}

/* The XDP verdict that a tracepoint told belongs to the drop that follows it. */
static void take_verdict(struct journey *j)
{
	for (size_t i = 0; i < j->n_steps && !j->drop.decider; i++)
		if (j->steps[i].station == WB_STATION_XDP && j->steps[i].decider &&
		    verdict_is_fatal(j->steps[i].verdict))
			j->drop.decider = decider_ref(j->steps[i].decider);
	if (j->drop.decider && j->drop.reason_is_location)
		name_xdp(&j->drop);
}

static bool merged(const struct journey *j)
{
	for (size_t i = 0; i < j->n_links; i++)
		if (!j->links[i].is_parent)
			return true;
	return false;
}

/* Where it was last; what NAT and connection tracking did at a hook stands behind that hook. */
static const struct step *last_place(const struct journey *j)
{
	const struct step *s = j->n_steps ? &j->steps[j->n_steps - 1] : NULL;

	while (s && s > j->steps && s[-1].station == WB_STATION_NF_INPUT &&
	       (s->station == WB_STATION_NAT || s->station == WB_STATION_CONNTRACK))
		s--;
	return s;
}

/*
 * It came to the hook for this host and was not seen to leave it, where functions are observed:
 * somebody there took it, so it is in no socket's queue.
 */
static bool kept_by_hook(const struct journey *j, const struct step *last)
{
	if (last->station != WB_STATION_NF_INPUT || last->verdict != VERDICT_NONE ||
	    j->packet.proto != IPPROTO_UDP || !j->idle || j->n_endings)
		return false;
	for (const struct step *s = j->steps; s < last; s++)
		if (s->station == WB_STATION_IP && s->at.netns_inum == last->at.netns_inum)
			return true;
	return false;
}

/*
 * Events are missing, so nothing follows from where it was last, or from silence: only what was
 * seen to happen counts. False: it has an end that says enough by itself.
 */
static bool judge_gap(struct journey *j)
{
	const struct ending *e = j->n_endings ? &j->endings[j->n_endings - 1] : NULL;

	if (!j->gap || (e && (e->is_drop || ending_answered(e))) || merged(j) || j->closed_unread)
		return false;
	j->outcome = was_read(j) ? OUTCOME_DELIVERED : OUTCOME_UNFINISHED;
	return true;
}

static void judge_end(struct journey *j)
{
	const struct step *last = last_place(j);
	const struct ending *e = j->n_endings ? &j->endings[j->n_endings - 1] : NULL;
	bool inside =
		last && last->station >= WB_STATION_TCP && last->station <= WB_STATION_SOCKET_READ;

	if (judge_gap(j)) {
		return;
	} else if (merged(j)) {
		j->outcome = OUTCOME_BENIGN; /* its content goes on in the other */
	} else if (j->cut_up && last && (!e || !e->is_drop)) {
		j->outcome = OUTCOME_TRANSMITTED;
	} else if (last && last->station == WB_STATION_QDISC && e && !e->is_drop) {
		j->outcome = OUTCOME_TRANSMITTED; /* as segments, each a journey of its own */
	} else if (e && ending_answered(e)) {
		j->outcome = OUTCOME_DELIVERED;
	} else if (!last) {
		j->outcome = e && e->is_drop ? OUTCOME_BENIGN : OUTCOME_UNFINISHED;
	} else if (j->captured && journey_copy_of(j)) {
		j->outcome = OUTCOME_BENIGN; /* what a capture took is nobody's packet */
	} else if (was_read(j)) {
		j->outcome = OUTCOME_DELIVERED;
	} else if (j->closed_unread) {
		j->outcome = OUTCOME_QUEUED;
	} else if (e && e->is_drop && ending_purged(j, e)) {
		/* the socket was closed before anybody read it; a FIN or an ACK is for TCP itself,
		 * and an ICMP error for whoever caused it
		 */
		j->outcome =
			(j->packet.proto == IPPROTO_TCP && !j->len) || icmp_is_error(&j->packet)
				? OUTCOME_DELIVERED
				: OUTCOME_QUEUED;
	} else if (e && e->is_drop && ending_used(j, e)) {
		j->outcome = OUTCOME_DELIVERED;
	} else if (e && e->is_drop && (e->last || last->station == WB_STATION_QDISC)) {
		j->outcome = OUTCOME_BENIGN;
	} else if (last->station == WB_STATION_SOCKET_QUEUE) {
		j->outcome = j->packet.proto == IPPROTO_TCP ? OUTCOME_DELIVERED : OUTCOME_QUEUED;
	} else if (kept_by_hook(j, last)) {
		j->outcome = OUTCOME_UNFINISHED;
	} else if (inside || last->station == WB_STATION_NF_INPUT) {
		/* TCP frees what it used without a tracepoint, so silence is its normal end */
		j->outcome = j->idle && j->packet.proto == IPPROTO_UDP && !e ? OUTCOME_QUEUED
									     : OUTCOME_DELIVERED;
	} else if ((last->station == WB_STATION_DRIVER_TX && last->verdict != VERDICT_FAILED) ||
		   last->verdict == VERDICT_TX || last->verdict == VERDICT_REDIRECT) {
		j->outcome = OUTCOME_TRANSMITTED;
	} else if (last->station == WB_STATION_ROUTE_IN && last->verdict != VERDICT_FORWARD && e &&
		   packet_fragment(journey_last_packet(j)) < 0) {
		j->outcome = OUTCOME_DELIVERED;
	} else if (last->station == WB_STATION_RX && e && j->packet.ethertype == 0x0806) {
		j->outcome = OUTCOME_DELIVERED; /* the kernel's own ARP took it */
	} else if (packet_fragment(journey_last_packet(j)) == 0 && !j->made &&
		   last->station < WB_STATION_FORWARD) {
		/*
		 * put together: the first one's buffer goes on as the packet that came last; of
		 * made ones the others are not there yet
		 */
		j->outcome = OUTCOME_BENIGN;
	} else {
		j->outcome = e && e->last && !e->is_drop ? OUTCOME_BENIGN : OUTCOME_UNFINISHED;
	}
}

#define STRANGER_NS 20000000ULL

/*
 * TCP keeps the buffer of what it sent, so the copy that the receiver dropped is not its last user,
 * and the sender frees it later without a tracepoint. Whoever gets the address then is a stranger:
 * seen long after the drop, on an sk_buff that the packet never had, or read from a socket at once:
 * what TCP dropped nobody reads.
 */
static void cut_strangers(struct journey *j)
{
	for (size_t i = 0; i < j->n_endings; i++) {
		const struct ending *e = &j->endings[i];
		size_t n = e->after_step;
		bool known = false;

		if (!e->is_drop || ending_harmless(j, e) || n >= j->n_steps)
			continue;
		if (j->ts_ns + j->steps[n].dt_ns < e->ts_ns + STRANGER_NS &&
		    !(j->packet.proto == IPPROTO_TCP &&
		      j->steps[n].station == WB_STATION_SOCKET_READ))
			continue;
		for (size_t k = 0; k < n; k++)
			known |= j->steps[k].skb == j->steps[n].skb;
		if (known)
			continue;
		journey_cut(j, n);
		j->n_endings = i + 1;
		j->duration_ns = e->ts_ns - j->ts_ns;
	}
}

/* Why one of several copies is of no matter, for who looks at it all the same. */
static void tell_needless(struct journey *j)
{
	const struct ending *e = j->n_endings ? &j->endings[j->n_endings - 1] : NULL;

	if (j->outcome != OUTCOME_BENIGN)
		return;
	if (e && ending_for_others(e))
		snprintf(j->why, sizeof(j->why),
			 e->pkt_type == PACKET_OTHERHOST
				 ? "one of several copies, and this host has another MAC address"
				 : "one of several copies, and this host has no use for it: it "
				   "has no address there, or has not joined the group");
	else if (j->captured)
		snprintf(j->why, sizeof(j->why), "a capture took this copy");
}

void journey_judge(struct journey *j)
{
	const struct ending *e;

	if (j->outcome == OUTCOME_NEVER_SENT)
		return;
	if (j->swallowed) {
		j->outcome = j->has_drop			  ? OUTCOME_DROPPED
			     : j->swallowed == SWALLOWED_LEAVING  ? OUTCOME_TRANSMITTED
			     : j->swallowed == SWALLOWED_ARRIVING ? OUTCOME_DELIVERED
								  : OUTCOME_UNFINISHED;
		return;
	}
	cut_strangers(j);
	e = fatal_end(j);
	if (!e)
		e = stolen_end(j);
	if (e)
		set_drop(j, e);
	else if (!fatal_step(j))
		judge_end(j);
	if (j->has_drop && j->drop.layer == WB_LAYER_XDP && !j->drop.decider)
		take_verdict(j);
	tell_needless(j);
}
