/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One packet's events to one journey: sorted by time, several events of one visit to a station made
 * one step. What each kind of event means is in kind_*.c.
 */
#include "journey/build.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journey/kinds.h"
#include "model/event.h"

static const enum wb_station probe_station[WB_PROBE_MAX] = {
#define X(n, group, s) [WB_PROBE_TP_##n] = WB_STATION_##s,
	WB_TRACEPOINTS(X)
#undef X
#define X(n, arg, nargs, s) [WB_PROBE_FN_##n] = WB_STATION_##s,
		WB_FUNCTIONS(X)
#undef X
#define X(n, s) [WB_PROBE_FN_##n] = WB_STATION_##s,
			WB_OWN_FUNCTIONS(X)
#undef X
#define X(n, s) [WB_PROBE_OWN_##n] = WB_STATION_##s,
				WB_OBSERVERS(X)
#undef X
};

static const char *const probe_name[WB_PROBE_MAX] = {
#define X(n, arg, nargs, s) [WB_PROBE_FN_##n] = #n,
	WB_FUNCTIONS(X)
#undef X
#define X(n, s) [WB_PROBE_FN_##n] = #n,
		WB_OWN_FUNCTIONS(X)
#undef X
};

struct step *build_last(struct build *b)
{
	return b->j->n_steps ? &b->j->steps[b->j->n_steps - 1] : NULL;
}

struct step *build_step(struct build *b, enum wb_station station)
{
	const struct wb_event *ev = b->ev;
	struct step *s;

	if (b->j->n_steps >= STEPS_MAX) {
		b->j->truncated = true;
		return build_last(b);
	}
	if (b->j->n_steps == b->room) {
		size_t room = b->room ? 2 * b->room : 16;
		struct step *more = realloc(b->j->steps, room * sizeof(*more));

		if (!more)
			return NULL;
		b->j->steps = more;
		b->room = room;
	}
	s = &b->j->steps[b->j->n_steps++];
	*s = (struct step){
		.dt_ns = ev->ts_ns - b->j->ts_ns,
		.skb = ev->skb,
		.station = station,
		.at = {.netns_inum = ev->netns, .ifindex = ev->ifindex},
		.cpu = ev->cpu,
		.probe = ev->probe,
		.len = ev->len,
	};
	if (probe_name[ev->probe])
		snprintf(s->function, sizeof(s->function), "%s", probe_name[ev->probe]);
	return s;
}

struct step *build_visit(struct build *b, enum wb_station station)
{
	struct step *s = build_last(b);

	if (s && s->station == station && s->at.netns_inum == b->ev->netns &&
	    s->at.ifindex == b->ev->ifindex && s->skb == b->ev->skb)
		return s;
	return build_step(b, station);
}

void build_rewrite(struct build *b, struct step *s)
{
	if (!b->packet)
		return;
	/* what began as another protocol, as MPLS or with a VLAN's tag, may hold IP */
	if (s && (b->known.family || (b->known.ethertype && b->packet->family)) &&
	    !(b->ev->flags & WB_EV_FIRST) && packet_differs(b->packet, &b->known)) {
		s->rewritten = true;
		s->packet = *b->packet;
		/* without an observer behind NAT, the next station sees what it did */
		if (!s->note[0])
			packet_translation(&b->known, b->packet, s->note, sizeof(s->note));
	}
	b->known = *b->packet;
}

void build_task(struct build *b, struct step *s)
{
	if (b->task && s) {
		s->task.has = true;
		s->task.raw = *b->task;
	}
}

enum wb_station build_station(const struct build *b)
{
	return probe_station[b->ev->probe];
}

static void (*const kinds[WB_KIND_MAX])(struct build *b, const void *body) = {
#define X(id, body) [WB_KIND_##id] = kind_##id,
	WB_KINDS(X)
#undef X
};

/* Splits the event into its sections; false: it is not a whole event. */
static bool open_event(struct build *b, const struct wb_event *ev, const void **ret_body)
{
	struct event_parts parts;

	if (!event_open(ev, ev->size, &parts))
		return false;
	b->ev = ev;
	b->packet = parts.packet;
	b->task = parts.task;
	if (parts.raw && !b->j->raw.caplen) {
		b->j->raw = *parts.raw;
		if (b->j->raw.caplen > WB_RAW_MAX)
			b->j->raw.caplen = WB_RAW_MAX;
	}
	*ret_body = parts.body;
	return true;
}

static int by_time(const void *a, const void *b)
{
	const struct wb_event *x = *(const struct wb_event *const *)a;
	const struct wb_event *y = *(const struct wb_event *const *)b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static bool goes_out(enum wb_station s)
{
	return s == WB_STATION_NF_POSTROUTING || s == WB_STATION_NEIGHBOUR ||
	       s == WB_STATION_NF_NETDEV_EGRESS || s == WB_STATION_TC_OUT ||
	       s == WB_STATION_QDISC || s == WB_STATION_DRIVER_TX;
}

/* A route look-up does not say whether it led here or on; what came next does. */
static void settle_routes(struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->steps[i];
		enum wb_station next;

		/* no route in one table, and the look-up in the next one not seen, or that alone */
		if (s->station != WB_STATION_ROUTE_IN ||
		    (s->verdict != VERDICT_NONE && s->verdict != VERDICT_NO_ROUTE))
			continue;
		next = i + 1 < j->n_steps ? j->steps[i + 1].station : WB_STATION_NONE;
		if (next == WB_STATION_FORWARD || next == WB_STATION_NF_FORWARD ||
		    (goes_out(next) && s->at.netns_inum == s[1].at.netns_inum))
			s->verdict = VERDICT_FORWARD;
		else if (next == WB_STATION_NF_INPUT ||
			 (next >= WB_STATION_TCP && next <= WB_STATION_SOCKET_READ))
			s->verdict = VERDICT_LOCAL;
	}
}

/* While no rule is added, IPv4 has one table for local and main, which calls itself main. */
static void settle_tables(struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->steps[i];

		if (s->route.has && s->verdict == VERDICT_LOCAL && s->route.raw.family == 4 &&
		    s->route.raw.table == RT_TABLE_MAIN)
			s->route.raw.table = RT_TABLE_UNSPEC;
	}
}

int journey_build(struct journey *j, const struct wb_event **events, size_t n)
{
	struct build b = {.j = j};
	const void *body;
	bool begun = false;

	if (!n)
		return -EINVAL;
	qsort(events, n, sizeof(*events), by_time);
	j->ts_ns = events[0]->ts_ns;
	j->duration_ns = events[n - 1]->ts_ns - j->ts_ns;
	j->outcome = OUTCOME_UNFINISHED;
	j->segments = 1;
	for (size_t i = 0; i < n; i++) {
		if (!open_event(&b, events[i], &body))
			continue;
		begun |= events[i]->flags & WB_EV_FIRST || events[i]->kind == WB_KIND_SEND_FAIL;
		if (b.packet && !j->has_packet) {
			j->packet = b.known = *b.packet;
			j->has_packet = true;
			j->len = b.packet->family ? b.packet->payload : events[i]->len;
			j->segments = b.packet->segments ? b.packet->segments : 1;
		}
		kinds[events[i]->kind](&b, body);
	}
	j->headless = !begun;
	settle_routes(j);
	settle_tables(j);
	/* the table that has the route may be among what was lost */
	j->no_way_back &= !j->gap;
	if (j->has_packet)
		j->flow_id = packet_flow_id(&j->packet);
	return 0;
}
