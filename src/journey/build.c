/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One packet's events to one journey: sorted by time, several events of one visit to a station made
 * one step. A function for each kind of event, by table.
 */
#include "journey/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/event.h"

struct build {
	struct journey *j;
	size_t room;
	const struct wb_event *ev;
	const struct wb_packet *packet; /* section of ev, NULL none */
	const struct wb_task *task;
	struct wb_packet known; /* headers as last seen */
	struct wb_ct ct;
};

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

static struct step *last_step(struct build *b)
{
	return b->j->n_steps ? &b->j->steps[b->j->n_steps - 1] : NULL;
}

static struct step *add_step(struct build *b, enum wb_station station)
{
	const struct wb_event *ev = b->ev;
	struct step *last = last_step(b), *s;

	if (b->j->n_steps >= STEPS_MAX) {
		b->j->truncated = true;
		return last;
	}
	if (b->j->n_steps == b->room) {
		size_t room = b->room ? 2 * b->room : 16;
		struct step *more = realloc(b->j->steps, room * sizeof(*more));

		if (!more)
			return NULL;
		b->j->steps = more;
		b->room = room;
		last = last_step(b);
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
		.clone = last && last->skb && ev->skb && last->skb != ev->skb,
	};
	if (probe_name[ev->probe])
		snprintf(s->function, sizeof(s->function), "%s", probe_name[ev->probe]);
	return s;
}

/* The step of this visit to the station, or a new one. */
static struct step *step_at(struct build *b, enum wb_station station)
{
	struct step *s = last_step(b);

	if (s && s->station == station && s->at.netns_inum == b->ev->netns &&
	    s->at.ifindex == b->ev->ifindex && s->skb == b->ev->skb)
		return s;
	return add_step(b, station);
}

static void rewrite(struct build *b, struct step *s)
{
	if (!b->packet)
		return;
	if (s && b->known.family && !(b->ev->flags & WB_EV_FIRST) &&
	    packet_differs(b->packet, &b->known)) {
		s->rewritten = true;
		s->packet = *b->packet;
	}
	b->known = *b->packet;
}

static void take_task(struct build *b, struct step *s)
{
	if (b->task && s) {
		s->task.has = true;
		s->task.raw = *b->task;
	}
}

static void on_step(struct build *b, const void *body)
{
	const struct wb_step_body *v = body;
	struct step *s;

	if (b->ev->probe == WB_PROBE_TP_tcp_send_reset) {
		b->j->sent_reset = true;
		return;
	}
	if (b->ev->probe == WB_PROBE_TP_net_dev_xmit) {
		s = last_step(b);
		if (s && s->station == WB_STATION_DRIVER_TX)
			s->verdict = VERDICT_FAILED;
		return;
	}
	s = step_at(b, probe_station[b->ev->probe]);
	if (!s)
		return;
	if (s->station == WB_STATION_SOCKET_READ && v->value >= 0)
		s->verdict = VERDICT_READ;
	take_task(b, s);
	rewrite(b, s);
}

#define PF_BRIDGE 7
#define PF_NETDEV 5
static enum wb_station hook_station(uint8_t pf, uint8_t hook)
{
	static const enum wb_station inet[] = {WB_STATION_NF_PREROUTING, WB_STATION_NF_INPUT,
					       WB_STATION_NF_FORWARD, WB_STATION_NF_OUTPUT,
					       WB_STATION_NF_POSTROUTING};
	static const enum wb_station bridge[] = {
		WB_STATION_NF_BRIDGE_PREROUTING, WB_STATION_NF_BRIDGE_INPUT,
		WB_STATION_NF_BRIDGE_FORWARD, WB_STATION_NF_BRIDGE_OUTPUT,
		WB_STATION_NF_BRIDGE_POSTROUTING};

	if (pf == PF_NETDEV)
		return hook ? WB_STATION_NF_NETDEV_EGRESS : WB_STATION_NF_NETDEV_INGRESS;
	if (hook >= 5)
		return WB_STATION_NF_PREROUTING;
	return pf == PF_BRIDGE ? bridge[hook] : inet[hook];
}

/* The step at which the packet entered this hook and has not left it. */
static struct step *open_hook(struct build *b, enum wb_station station)
{
	for (size_t i = b->j->n_steps; i-- > 0;) {
		struct step *s = &b->j->steps[i];

		if (s->station == station && s->at.netns_inum == b->ev->netns &&
		    s->verdict == VERDICT_NONE)
			return s;
		if (s->station == WB_STATION_RX)
			break;
	}
	return NULL;
}

static void address(const struct wb_packet *p, bool source, char *buf, size_t size)
{
	char a[64];
	uint16_t port = source ? p->sport : p->dport;

	packet_addr(p->family, source ? p->saddr : p->daddr, a, sizeof(a));
	if (packet_has_ports(p))
		snprintf(buf, size, "%s:%u", a, port);
	else
		snprintf(buf, size, "%s", a);
}

/* Headers changed between entering and leaving a hook: that was NAT, a station of its own. */
static void nat_step(struct build *b)
{
	struct wb_packet before = b->known;
	bool source =
		memcmp(before.saddr, b->packet->saddr, 16) || before.sport != b->packet->sport;
	bool destination =
		memcmp(before.daddr, b->packet->daddr, 16) || before.dport != b->packet->dport;
	struct step *s = add_step(b, WB_STATION_NAT);
	char from[80], to[80];

	if (!s)
		return;
	rewrite(b, s);
	address(&before, !destination, from, sizeof(from));
	address(b->packet, !destination, to, sizeof(to));
	snprintf(s->note, sizeof(s->note), "%s %.22s > %.22s",
		 source && destination ? "SNAT+DNAT"
		 : destination	       ? "DNAT"
				       : "SNAT",
		 from, to);
}

static void on_hook(struct build *b, const void *body)
{
	const struct wb_hook_body *h = body;
	enum wb_station station = hook_station(h->pf, h->hook);
	struct step *s;

	if (station == WB_STATION_NF_OUTPUT && !b->j->n_steps && b->task)
		take_task(b, add_step(b, WB_STATION_SOCKET_SEND));
	if (h->where == 0) {
		s = add_step(b, station);
		rewrite(b, s);
	} else {
		s = open_hook(b, station);
		if (!s)
			s = add_step(b, station);
		if (s && (h->where == 1 || h->verdict == 1))
			s->verdict = VERDICT_ACCEPT;
		else if (s && h->verdict < 0)
			s->verdict = VERDICT_DROP;
		if (b->packet && !(b->ev->flags & WB_EV_FIRST) &&
		    packet_differs(b->packet, &b->known)) {
			size_t at = s - b->j->steps;

			nat_step(b); /* may move the steps */
			s = &b->j->steps[at];
		}
		rewrite(b, NULL);
	}
	if (s && (h->ct.has || h->ct.info == 7)) {
		s->ct.has = true;
		s->ct.raw = h->ct;
	}
}

static enum verdict route_verdict(const struct wb_route_body *r)
{
	switch (r->err) {
	case 0:
		return r->type == 2 /* RTN_LOCAL */ ? VERDICT_LOCAL : VERDICT_NONE;
	case -EINVAL:
		return VERDICT_BLACKHOLE;
	case -EHOSTUNREACH:
		return VERDICT_UNREACHABLE;
	case -EACCES:
		return VERDICT_PROHIBIT;
	default:
		return VERDICT_NO_ROUTE;
	}
}

static void on_route(struct build *b, const void *body)
{
	const struct wb_route_body *r = body;
	enum wb_station station =
		b->ev->flags & WB_EV_TX ? WB_STATION_ROUTE_OUT : WB_STATION_ROUTE_IN;
	struct step *last = last_step(b), *s;

	/* look-ups for the answer to a packet that is at its destination already */
	if (last && last->at.netns_inum == b->ev->netns &&
	    (last->station == WB_STATION_NF_INPUT ||
	     (last->station >= WB_STATION_TCP && last->station <= WB_STATION_SOCKET_READ)))
		return;
	s = step_at(b, station);
	if (!s)
		return;
	s->route.has = true;
	s->route.raw = *r;
	s->verdict = route_verdict(r);
}

static void on_drop(struct build *b, const void *body)
{
	const struct wb_drop_body *d = body;
	struct ending *e;

	if (b->j->n_endings == ENDINGS_MAX)
		return;
	e = &b->j->endings[b->j->n_endings++];
	*e = (struct ending){
		.is_drop = true,
		.last = b->ev->flags & WB_EV_LAST,
		.skb = b->ev->skb,
		.ts_ns = b->ev->ts_ns,
		.location_raw = d->location,
		.reason_raw = d->reason,
		.sk = d->sk,
		.after_step = b->j->n_steps,
		.at = {.netns_inum = b->ev->netns, .ifindex = b->ev->ifindex},
	};
}

static void on_consume(struct build *b, const void *body)
{
	const struct wb_consume_body *c = body;
	struct wb_drop_body d = {.location = c->location};

	on_drop(b, &d);
	if (b->j->n_endings)
		b->j->endings[b->j->n_endings - 1].is_drop = false;
}

static void on_link(struct build *b, const void *body)
{
	const struct wb_link_body *l = body;
	struct link *more = realloc(b->j->links, (b->j->n_links + 1) * sizeof(*more));

	if (!more)
		return;
	b->j->links = more;
	more[b->j->n_links++] =
		(struct link){.how = l->how, .is_parent = true, .other_id = l->other};
}

static struct step *hook_step(struct build *b)
{
	for (size_t i = b->j->n_steps; i-- > 0;)
		if (b->j->steps[i].station >= WB_STATION_NF_NETDEV_INGRESS &&
		    station_layer(b->j->steps[i].station) == WB_LAYER_NETFILTER &&
		    b->j->steps[i].station != WB_STATION_NAT)
			return &b->j->steps[i];
	return last_step(b);
}

static const char *family_name(uint8_t pf)
{
	static const char *const names[] = {
		[1] = "inet", [2] = "ip", [3] = "arp", [5] = "netdev", [7] = "bridge", [10] = "ip6",
	};

	return pf < sizeof(names) / sizeof(names[0]) && names[pf] ? names[pf] : "?";
}

static void set_decider(struct step *s, struct decider *d)
{
	if (!s) {
		decider_unref(d);
		return;
	}
	decider_unref(s->decider);
	s->decider = d;
}

static void on_rule(struct build *b, const void *body)
{
	const struct wb_rule_body *r = body;
	bool policy = r->by == WB_RULE_POLICY;
	struct decider *d = decider_new(policy ? DECIDER_NFT_POLICY : DECIDER_NFT_RULE);
	struct step *s = hook_step(b);
	char name[WB_NAME_MAX + 1];

	decider_set_text(d, "family", family_name(r->family));
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->table);
	decider_set_text(d, "table", name);
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->chain);
	decider_set_text(d, "chain", name);
	if (!policy)
		decider_set_number(d, "handle", r->handle);
	set_decider(s, d);
	if (s && (r->verdict == 0 || (r->verdict & 0xff) == 2))
		s->verdict = VERDICT_DROP;
	else if (s && (r->verdict & 0xff) == 3)
		s->verdict = VERDICT_QUEUE;
}

static void on_ipt(struct build *b, const void *body)
{
	const struct wb_ipt_body *r = body;
	struct decider *d =
		decider_new(r->rule_number ? DECIDER_IPTABLES_RULE : DECIDER_IPTABLES_POLICY);
	char name[WB_NAME_MAX + 1];
	struct step *s = hook_step(b);

	decider_set_text(d, "family", family_name(r->family));
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->table);
	decider_set_text(d, "table", name);
	snprintf(name, sizeof(name), "%.*s", WB_NAME_MAX, r->chain);
	decider_set_text(d, "chain", name);
	if (r->rule_number)
		decider_set_number(d, "rule_number", r->rule_number);
	set_decider(s, d);
	if (s)
		s->verdict = VERDICT_DROP;
}

static struct decider *xdp_decider(const struct wb_prog_body *p)
{
	static const char *const actions[] = {"aborted", "drop", "pass", "tx", "redirect"};
	struct decider *d = decider_new(DECIDER_XDP_PROGRAM);
	char name[sizeof(p->name) + 1];

	if (!d)
		return NULL;
	snprintf(name, sizeof(name), "%.16s", p->name);
	decider_set_number(d, "id", p->prog_id);
	decider_set_text(d, "name", name);
	decider_set_text(d, "mode", p->mode ? "generic" : "native");
	decider_set_text(d, "action",
			 p->verdict >= 0 && p->verdict <= 4 ? actions[p->verdict] : "unknown");
	return d;
}

static void on_prog(struct build *b, const void *body)
{
	static const enum wb_station stations[] = {
		[WB_PROG_XDP] = WB_STATION_XDP,
		[WB_PROG_TC_IN] = WB_STATION_TC_IN,
		[WB_PROG_TC_OUT] = WB_STATION_TC_OUT,
		[WB_PROG_CGROUP] = WB_STATION_SOCKET_FILTER,
		[WB_PROG_SOCKET] = WB_STATION_SOCKET_FILTER,
		[WB_PROG_NETFILTER] = WB_STATION_NF_PREROUTING,
	};
	const struct wb_prog_body *p = body;
	struct step *s;

	if (p->type >= sizeof(stations) / sizeof(stations[0]))
		return;
	s = step_at(b, stations[p->type]);
	if (!s)
		return;
	s->verdict = VERDICT_PASS;
	if (p->type == WB_PROG_XDP && p->err) { /* aborted, unknown, or a redirect that failed */
		s->verdict = p->verdict ? VERDICT_DROP : VERDICT_ABORTED;
		set_decider(s, xdp_decider(p));
	}
	rewrite(b, s);
}

static void on_neigh(struct build *b, const void *body)
{
	const struct wb_neigh_body *n = body;
	struct step *s;

	if (!n->value) /* usable as it is: nothing to tell */
		return;
	s = step_at(b, WB_STATION_NEIGHBOUR);
	if (!s)
		return;
	s->verdict = VERDICT_RESOLVING;
	free(s->neigh);
	s->neigh = malloc(sizeof(*s->neigh));
	if (s->neigh)
		*s->neigh = *n;
}

static void on_qdisc(struct build *b, const void *body)
{
	const struct wb_qdisc_body *q = body;
	struct step *s = step_at(b, WB_STATION_QDISC);

	if (!s)
		return;
	if (!s->qdisc)
		s->qdisc = malloc(sizeof(*s->qdisc));
	if (s->qdisc)
		*s->qdisc = *q;
}

static void on_sock(struct build *b, const void *body)
{
	const struct wb_sock_body *v = body;
	bool read = b->ev->probe == WB_PROBE_TP_sock_recv_length;
	bool full = b->ev->probe == WB_PROBE_TP_sock_rcvqueue_full ||
		    b->ev->probe == WB_PROBE_TP_udp_fail_queue_rcv_skb;
	struct step *s = step_at(b, probe_station[b->ev->probe]);

	if (!s)
		return;
	if (read)
		s->verdict = VERDICT_READ;
	else if (full)
		s->verdict = VERDICT_DROP;
	take_task(b, s);
	if (!s->sock)
		s->sock = malloc(sizeof(*s->sock));
	if (s->sock)
		*s->sock = *v;
}

static void on_icmp(struct build *b, const void *body)
{
	b->j->icmp = *(const struct wb_icmp_body *)body;
	b->j->has_icmp = true;
}

static void on_send_fail(struct build *b, const void *body)
{
	const struct wb_send_fail_body *f = body;
	struct step *s = add_step(b, WB_STATION_SOCKET_SEND);
	struct wb_packet *p = &b->j->packet;

	take_task(b, s);
	if (s)
		s->verdict = VERDICT_FAILED;
	b->j->outcome = OUTCOME_NEVER_SENT;
	b->j->send_errno = -f->err;
	*p = (struct wb_packet){.family = f->family,
				.proto = f->proto,
				.ethertype = f->family == 6 ? 0x86dd : 0x0800,
				.sport = f->sport,
				.dport = f->dport,
				.segments = 1};
	memcpy(p->saddr, f->saddr, 16);
	memcpy(p->daddr, f->daddr, 16);
	b->j->has_packet = true;
	b->j->len = f->len;
}

static void (*const kinds[WB_KIND_MAX])(struct build *b, const void *body) = {
	[WB_KIND_STEP] = on_step,	[WB_KIND_DROP] = on_drop,
	[WB_KIND_CONSUME] = on_consume, [WB_KIND_LINK] = on_link,
	[WB_KIND_HOOK] = on_hook,	[WB_KIND_RULE] = on_rule,
	[WB_KIND_IPT] = on_ipt,		[WB_KIND_PROG] = on_prog,
	[WB_KIND_ROUTE] = on_route,	[WB_KIND_NEIGH] = on_neigh,
	[WB_KIND_QDISC] = on_qdisc,	[WB_KIND_SOCK] = on_sock,
	[WB_KIND_ICMP] = on_icmp,	[WB_KIND_SEND_FAIL] = on_send_fail,
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
		b->j->raw_ifindex = ev->ifindex;
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

/* A route look-up does not say whether it led here or on; what came next does. */
static void settle_routes(struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->steps[i];
		enum wb_station next;

		if (s->station != WB_STATION_ROUTE_IN || s->verdict != VERDICT_NONE)
			continue;
		next = i + 1 < j->n_steps ? j->steps[i + 1].station : WB_STATION_NONE;
		if (next == WB_STATION_FORWARD || next == WB_STATION_NF_FORWARD)
			s->verdict = VERDICT_FORWARD;
		else if (next == WB_STATION_NF_INPUT ||
			 (next >= WB_STATION_TCP && next <= WB_STATION_SOCKET_READ))
			s->verdict = VERDICT_LOCAL;
	}
}

int journey_build(struct journey *j, const struct wb_event **events, size_t n)
{
	struct build b = {.j = j};
	const void *body;

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
		if (b.packet && !j->has_packet) {
			j->packet = b.known = *b.packet;
			j->has_packet = true;
			j->len = b.packet->family ? b.packet->payload : events[i]->len;
			j->segments = b.packet->segments ? b.packet->segments : 1;
		}
		kinds[events[i]->kind](&b, body);
	}
	settle_routes(j);
	if (j->has_packet)
		j->flow_id = packet_flow_id(&j->packet);
	return 0;
}
