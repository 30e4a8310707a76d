/* SPDX-License-Identifier: GPL-2.0-only */
/* Events of the way itself: steps, routes, queues, sockets, ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "journey/kinds.h"

#define LINKS_MAX      64
#define TCP_WINDOW_MAX (1U << 30)

/* Functions whose return value alone tells the drop: what it is that refuses there. */
static const enum decider_kind judges[WB_PROBE_MAX] = {
	[WB_PROBE_FN_nf_conntrack_in] = DECIDER_CONNTRACK,
	[WB_PROBE_FN_nf_nat_inet_fn] = DECIDER_NAT,
	[WB_PROBE_FN___cgroup_bpf_run_filter_skb] = DECIDER_CGROUP_PROGRAM,
	[WB_PROBE_FN_tcf_classify_ingress] = DECIDER_TC_FILTER,
	[WB_PROBE_FN_tcf_classify] = DECIDER_TC_FILTER,
	[WB_PROBE_FN_sk_filter_trim_cap] = DECIDER_SOCKET_FILTER,
};

void kind_STEP(struct build *b, const void *body)
{
	const struct wb_step_body *v = body;
	enum decider_kind judge = judges[b->ev->probe];
	enum wb_station station;
	struct step *s = build_last(b);

	/* who drops returns it through others: a rule through NAT, a cgroup through the socket
	 * filter */
	if (judge && s && verdict_is_fatal(s->verdict))
		return;
	if (b->ev->probe == WB_PROBE_TP_tcp_send_reset) {
		b->j->sent_reset = true;
		return;
	}
	if (b->ev->probe == WB_PROBE_TP_net_dev_xmit) {
		if (s && s->station == WB_STATION_DRIVER_TX)
			s->verdict = VERDICT_FAILED;
		return;
	}
	station = build_station(b);
	if (station == WB_STATION_TC_IN && b->ev->flags & WB_EV_TX)
		station = WB_STATION_TC_OUT;
	s = build_visit(b, station);
	if (!s)
		return;
	if (s->station == WB_STATION_SOCKET_READ && v->value >= 0)
		s->verdict = VERDICT_READ;
	if (b->ev->probe == WB_PROBE_TP_skb_copy_datagram_iovec)
		b->j->captured = v->aux == AF_PACKET;
	if (judge) {
		s->verdict = VERDICT_DROP;
		s->judge = judge;
	}
	build_task(b, s);
	build_rewrite(b, s);
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

/* Look-ups for an answer: the packet is at its destination, or a rule in a hook rejects it. */
static bool asks_for_another(const struct step *last)
{
	if (last->station >= WB_STATION_TCP && last->station <= WB_STATION_SOCKET_READ)
		return true;
	return last->station == WB_STATION_NF_INPUT ||
	       (last->station == WB_STATION_NF_FORWARD && last->verdict != VERDICT_ACCEPT);
}

/* A tunnel's device asked for the way of the packet that it was about to make of this one. */
static void outer_packet(const struct wb_route_body *r, struct step *s)
{
	s->rewritten = true;
	s->packet = (struct wb_packet){.family = r->family,
				       .ethertype = r->family == 6 ? 0x86dd : 0x0800,
				       .proto = r->proto,
				       .sport = r->sport,
				       .dport = r->dport,
				       .segments = 1};
	memcpy(s->packet.saddr, r->saddr, sizeof(s->packet.saddr));
	memcpy(s->packet.daddr, r->daddr, sizeof(s->packet.daddr));
}

void kind_ROUTE(struct build *b, const void *body)
{
	const struct wb_route_body *r = body;
	enum wb_station station =
		b->ev->flags & WB_EV_TX ? WB_STATION_ROUTE_OUT : WB_STATION_ROUTE_IN;
	struct step *last = build_last(b), *s;
	bool in_tunnel = last && (last->station == WB_STATION_DRIVER_TX ||
				  last->station == WB_STATION_TUNNEL);

	if (last && last->at.netns_inum == b->ev->netns && asks_for_another(last)) {
		b->j->no_way_back = r->back && r->err;
		return;
	}
	if (r->back)
		return;
	s = build_visit(b, station);
	if (!s)
		return;
	s->route.has = true;
	s->route.raw = *r;
	s->verdict = route_verdict(r);
	if (in_tunnel && r->err)
		outer_packet(r, s);
}

static void add_ending(struct build *b, const struct wb_drop_body *d, bool is_drop)
{
	struct journey *j = b->j;
	struct ending *e = realloc(j->endings, (j->n_endings + 1) * sizeof(*e));

	if (!e) {
		j->gap = true;
		return;
	}
	j->endings = e;
	e += j->n_endings++;
	*e = (struct ending){
		.is_drop = is_drop,
		.last = b->ev->flags & WB_EV_LAST,
		.skb = b->ev->skb,
		.ts_ns = b->ev->ts_ns,
		.location_raw = d->location,
		.reason_raw = d->reason,
		.sk = d->sk,
		.copied = d->copied,
		.pkt_type = d->pkt_type,
		.shared = d->shared,
		.mark_known = is_drop,
		.mark = d->mark,
		.after_step = j->n_steps,
		.at = {.netns_inum = b->ev->netns, .ifindex = b->ev->ifindex},
	};
	memcpy(e->behind, d->behind, sizeof(e->behind));
}

void kind_DROP(struct build *b, const void *body)
{
	add_ending(b, body, true);
}

void kind_CONSUME(struct build *b, const void *body)
{
	const struct wb_consume_body *c = body;
	const struct wb_drop_body d = {.location = c->location};

	add_ending(b, &d, false);
}

void kind_LINK(struct build *b, const void *body)
{
	const struct wb_link_body *l = body;
	bool parent = l->how != WB_LINK_GRO && l->how != WB_LINK_REASSEMBLED;
	struct link *more = b->j->n_links < LINKS_MAX
				    ? realloc(b->j->links, (b->j->n_links + 1) * sizeof(*more))
				    : NULL;

	b->j->unasked |= l->unasked;
	if (!more)
		return;
	b->j->links = more;
	more[b->j->n_links++] =
		(struct link){.how = l->how, .is_parent = parent, .other = l->other};
}

void kind_NEIGH(struct build *b, const void *body)
{
	const struct wb_neigh_body *n = body;
	struct step *s;

	if (!n->value) /* usable as it is: nothing to tell */
		return;
	s = build_visit(b, WB_STATION_NEIGHBOUR);
	if (!s)
		return;
	s->verdict = VERDICT_RESOLVING;
	free(s->neigh);
	s->neigh = malloc(sizeof(*s->neigh));
	if (s->neigh)
		*s->neigh = *n;
}

void kind_QDISC(struct build *b, const void *body)
{
	const struct wb_qdisc_body *q = body;
	struct step *s = build_visit(b, WB_STATION_QDISC);

	if (!s)
		return;
	if (!s->qdisc)
		s->qdisc = malloc(sizeof(*s->qdisc));
	if (s->qdisc)
		*s->qdisc = *q;
}

/*
 * The process closed the connection, and it had read it up to a number: nothing of this packet, or
 * is it another connection at an address used again? It has lost its own port by now.
 */
static void closed_unread(struct build *b, const struct wb_sock_body *v)
{
	const struct wb_packet *p = &b->known;
	struct step *s = build_last(b);

	if (v->dport != p->sport || p->tcp_seq - (uint32_t)v->value > TCP_WINDOW_MAX)
		return;
	if (!s || s->station != WB_STATION_SOCKET_QUEUE)
		s = build_visit(b, WB_STATION_SOCKET_QUEUE);
	if (!s)
		return;
	build_task(b, s);
	b->j->closed_unread = true;
}

void kind_SOCK(struct build *b, const void *body)
{
	const struct wb_sock_body *v = body;
	bool read = b->ev->probe == WB_PROBE_TP_sock_recv_length;
	bool full = b->ev->probe == WB_PROBE_TP_sock_rcvqueue_full ||
		    b->ev->probe == WB_PROBE_TP_udp_fail_queue_rcv_skb ||
		    b->ev->probe == WB_PROBE_FN_tcp_conn_request ||
		    b->ev->probe == WB_PROBE_FN_tcp_v4_syn_recv_sock;
	struct step *s = build_last(b);

	if (b->ev->probe == WB_PROBE_TP_tcp_send_reset) {
		closed_unread(b, v);
		return;
	}
	/* the copy to its reader told of itself, with the device that the socket has forgotten */
	if (!read || !s || s->station != WB_STATION_SOCKET_READ)
		s = build_visit(b, build_station(b));
	if (!s)
		return;
	if (read)
		s->verdict = VERDICT_READ;
	else if (full)
		s->verdict = VERDICT_DROP;
	build_task(b, s);
	if (!s->sock)
		s->sock = malloc(sizeof(*s->sock));
	if (s->sock)
		*s->sock = *v;
}

/* Redirects are sent because of packets, too, but they say nothing of their end. */
static bool is_redirect(const struct wb_icmp_body *i)
{
	return i->family == 6 ? i->type == 137 : i->type == 5;
}

void kind_ICMP(struct build *b, const void *body)
{
	if (is_redirect(body))
		return;
	b->j->icmp = *(const struct wb_icmp_body *)body;
	b->j->has_icmp = true;
}

void kind_SEND_FAIL(struct build *b, const void *body)
{
	const struct wb_send_fail_body *f = body;
	struct step *s = build_step(b, WB_STATION_SOCKET_SEND);
	struct wb_packet *p = &b->j->packet;

	build_task(b, s);
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
