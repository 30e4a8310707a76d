/* SPDX-License-Identifier: GPL-2.0-only */
/* The JSON lines of the contract: one walk over the finished journey. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "model/icmp.h"
#include "output/put.h"
#include "output/sink.h"
#include "util/json.h"

struct json_sink {
	struct sink sink;
	struct text text;
};

static int put_line(struct json_sink *s)
{
	struct text *t = &s->text;
	int r = 0;

	text_put(t, "\n", 1);
	if (fwrite(t->s, 1, t->n, s->sink.o.out) != t->n)
		r = -(errno ? errno : EIO);
	text_reset(t);
	return r;
}

static void put_tcp(struct json *w, const struct wb_packet *p)
{
	json_number(w, "tcp_flags", p->tcp_flags);
	json_open(w, "flags", '[');
	for (int i = 0; i < PACKET_TCP_FLAGS; i++)
		if (p->tcp_flags & 1 << i)
			json_text(w, NULL, packet_tcp_flags[i]);
	json_close(w, ']');
	json_unsigned(w, "seq", p->tcp_seq);
	if (p->tcp_flags & TH_ACK)
		json_unsigned(w, "ack", p->tcp_ack);
	if (p->tcp_window)
		json_unsigned(w, "window", p->tcp_window);
}

/* unsent: it has no headers, and of its addresses and ports those that are told. */
static void put_packet(struct json *w, const struct wb_packet *p, uint32_t len, uint32_t segments,
		       bool unsent)
{
	bool has = p->family || p->ethertype == 0x0806;
	char buf[64];

	json_open(w, "packet", '{');
	json_text(w, "family",
		  p->family == 4	   ? "ipv4"
		  : p->family == 6	   ? "ipv6"
		  : p->ethertype == 0x0806 ? "arp"
					   : "other");
	json_text(w, "proto", packet_proto_name(p, buf, sizeof(buf)));
	if (has && (!unsent || packet_has_addr(p->saddr)))
		json_text(w, "src", packet_addr(p->family, p->saddr, buf, sizeof(buf)));
	if (has && packet_has_ports(p) && (!unsent || p->sport))
		json_number(w, "sport", p->sport);
	if (has && (!unsent || packet_has_addr(p->daddr)))
		json_text(w, "dst", packet_addr(p->family, p->daddr, buf, sizeof(buf)));
	if (has && packet_has_ports(p) && (!unsent || p->dport))
		json_number(w, "dport", p->dport);
	if ((p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6) && !unsent) {
		json_number(w, "icmp_type", p->icmp_type);
		json_number(w, "icmp_code", p->icmp_code);
	}
	if (p->family && p->proto == IPPROTO_TCP && !unsent)
		put_tcp(w, p);
	json_number(w, "len", len);
	json_number(w, "segments", segments);
	json_close(w, '}');
}

void json_put_place(struct json *w, const struct place *at)
{
	if (at->netns[0])
		json_text(w, "netns", at->netns);
	if (at->netns_inum)
		json_unsigned(w, "netns_inum", at->netns_inum);
	if (at->dev[0])
		json_text(w, "dev", at->dev);
}

static void put_place(struct json *w, const struct place *at)
{
	json_put_place(w, at);
	if (at->ifindex)
		json_unsigned(w, "ifindex", at->ifindex);
}

void json_put_decider(struct json *w, const char *key, const struct decider *d)
{
	if (!d)
		return;
	json_open(w, key, '{');
	json_text(w, "kind", decider_kind_name(d->kind));
	for (size_t i = 0; i < d->n_attrs; i++) {
		if (d->attrs[i].text)
			json_text(w, d->attrs[i].key, d->attrs[i].text);
		else
			json_number(w, d->attrs[i].key, d->attrs[i].number);
	}
	if (d->n_candidates) {
		json_open(w, "candidates", '[');
		for (size_t i = 0; i < d->n_candidates; i++)
			json_put_decider(w, NULL, d->candidates[i]);
		json_close(w, ']');
	}
	if (d->n_evidence) {
		json_open(w, "evidence", '[');
		for (size_t i = 0; i < d->n_evidence; i++)
			json_text(w, NULL, d->evidence[i]);
		json_close(w, ']');
	}
	json_close(w, '}');
}

static void put_route(struct json *w, const struct step_route *r)
{
	json_open(w, "route", '{');
	if (r->raw.table)
		json_unsigned(w, "table", r->raw.table);
	if (r->prefix[0])
		json_text(w, "prefix", r->prefix);
	if (r->via[0])
		json_text(w, "via", r->via);
	if (r->out_dev[0])
		json_text(w, "out_dev", r->out_dev);
	json_close(w, '}');
}

static void put_socket(struct json *w, const struct wb_sock_body *k)
{
	json_open(w, "socket", '{');
	json_number(w, "port", k->sport);
	json_unsigned(w, "rmem", k->rmem);
	json_unsigned(w, "rcvbuf", k->rcvbuf);
	json_close(w, '}');
}

static void put_step(struct json *w, const struct step *s, const struct sink_opts *o)
{
	json_open(w, NULL, '{');
	json_unsigned(w, "dt_ns", s->dt_ns);
	json_text(w, "station", station_name(s->station));
	put_place(w, &s->at);
	json_number(w, "cpu", s->cpu);
	if (s->verdict)
		json_text(w, "verdict", verdict_name(s->verdict));
	if (s->rewritten)
		put_packet(w, &s->packet, s->packet.payload, s->packet.segments, false);
	if (s->ct.has) {
		json_open(w, "conntrack", '{');
		json_text(w, "state", ct_state_name(&s->ct.raw));
		json_number(w, "zone", s->ct.raw.zone);
		json_close(w, '}');
	}
	if (s->route.has)
		put_route(w, &s->route);
	if (s->sock)
		put_socket(w, s->sock);
	if (s->qdisc) {
		json_open(w, "qdisc", '{');
		json_text(w, "kind", s->qdisc->kind);
		json_unsigned(w, "qlen", s->qdisc->qlen);
		json_unsigned(w, "backlog", s->qdisc->backlog);
		json_close(w, '}');
	}
	if (s->neigh) {
		char buf[64];

		json_open(w, "neighbour", '{');
		json_text(w, "address",
			  packet_addr(s->neigh->family, s->neigh->addr, buf, sizeof(buf)));
		json_text(w, "state", neigh_state_name(s->neigh->nud_state));
		json_close(w, '}');
	}
	if (s->task.has) {
		json_open(w, "process", '{');
		json_unsigned(w, "pid", s->task.raw.pid);
		json_text(w, "comm", s->task.raw.comm);
		json_close(w, '}');
	}
	if (s->note[0])
		json_text(w, "note", s->note);
	if (s->function[0] && o->verbose)
		json_text(w, "function", s->function);
	if (o->verbose > 1) {
		char skb[24];

		snprintf(skb, sizeof(skb), "%llx", (unsigned long long)s->skb);
		json_text(w, "skb", skb);
		json_unsigned(w, "len", s->len);
	}
	json_put_decider(w, "decider", s->decider);
	json_close(w, '}');
}

/* What its sender was told of it: an ICMP error; of a reset only that it died on its way. */
static void put_answer(struct json *w, const struct journey *j)
{
	if (!j->has_icmp && !j->answer_lost)
		return;
	json_open(w, j->has_icmp ? "icmp" : "reset", '{');
	if (j->has_icmp) {
		json_number(w, "type", j->icmp.type);
		json_number(w, "code", j->icmp.code);
	}
	if (j->answer_lost) {
		json_bool(w, "lost", true);
		json_put_decider(w, "decider", j->answer_decider);
	}
	json_close(w, '}');
}

static void put_drop(struct json *w, const struct journey *j)
{
	const struct drop *d = &j->drop;

	json_open(w, "drop", '{');
	json_text(w, "layer", layer_name(d->layer));
	json_text(w, "station", station_name(d->station));
	json_text(w, "reason", d->reason);
	if (d->reason_is_location)
		json_text(w, "reason_source", "location");
	if (d->location[0])
		json_text(w, "location", d->location);
	if (d->module[0])
		json_text(w, "module", d->module);
	put_place(w, &d->at);
	put_answer(w, j);
	json_put_decider(w, "decider", d->decider);
	json_close(w, '}');
}

static void put_links(struct json *w, const struct journey *j)
{
	json_open(w, "links", '[');
	if (j->retransmission_of) {
		json_open(w, NULL, '{');
		json_text(w, "how", "retransmission");
		json_unsigned(w, "id", j->retransmission_of);
		json_close(w, '}');
	}
	for (size_t i = 0; i < j->n_links; i++) {
		json_open(w, NULL, '{');
		json_text(w, "how", link_how_name(j->links[i].how));
		if (j->links[i].number)
			json_unsigned(w, "id", j->links[i].number);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* The error that was sent back because of it. */
static void put_icmp(struct json *w, const struct journey *j)
{
	const char *name = icmp_error_name(&j->icmp);

	json_open(w, "icmp", '{');
	json_number(w, "type", j->icmp.type);
	json_number(w, "code", j->icmp.code);
	if (name)
		json_text(w, "name", name);
	if (j->answer_lost)
		json_bool(w, "lost", true);
	json_close(w, '}');
}

static int json_journey(struct sink *sink, const struct journey *j)
{
	struct json_sink *s = (struct json_sink *)sink;
	struct json w = {.out = &s->text};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "journey");
	json_unsigned(&w, "id", j->number);
	json_unsigned(&w, "ts_ns", j->wall_ns);
	json_unsigned(&w, "duration_ns", j->duration_ns);
	json_text(&w, "outcome", outcome_name(j->outcome));
	if (j->has_packet) {
		char flow[24];

		snprintf(flow, sizeof(flow), "%016llx", (unsigned long long)j->flow_id);
		json_text(&w, "flow", flow);
		put_packet(&w, &j->packet, j->len, j->segments, j->outcome == OUTCOME_NEVER_SENT);
	}
	json_open(&w, "steps", '[');
	for (size_t i = 0; i < j->n_steps; i++)
		put_step(&w, &j->steps[i], &s->sink.o);
	json_close(&w, ']');
	if (j->has_drop)
		put_drop(&w, j);
	if (j->n_links || j->retransmission_of)
		put_links(&w, j);
	if (j->has_icmp)
		put_icmp(&w, j);
	if (j->sender_sees[0])
		json_text(&w, "sender_sees", j->sender_sees);
	if (j->why[0])
		json_text(&w, "why", j->why);
	if (j->next[0])
		json_text(&w, "next", j->next);
	if (j->made)
		json_bool(&w, "made", true);
	if (j->swallowed)
		json_text(&w, "swallowed", swallowed_name(j->swallowed));
	if (j->would[0])
		json_text(&w, "would", j->would);
	if (j->gap)
		json_bool(&w, "gap", true);
	if (j->late)
		json_bool(&w, "late", true);
	if (j->truncated)
		json_bool(&w, "truncated", true);
	json_close(&w, '}');
	return put_line(s);
}

static int json_start(struct sink *sink, const struct sink_start *info)
{
	struct json_sink *s = (struct json_sink *)sink;
	struct json w = {.out = &s->text};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "start");
	json_text(&w, "version", info->version);
	json_text(&w, "kernel", info->kernel);
	json_text(&w, "mode", info->mode);
	json_number(&w, "probes", info->probes);
	json_open(&w, "missing_stations", '[');
	for (size_t i = 0; i < info->n_missing; i++)
		json_text(&w, NULL, station_name(info->missing[i]));
	json_close(&w, ']');
	json_close(&w, '}');
	return put_line(s);
}

static int json_summary(struct sink *sink, const struct sink_summary *sum)
{
	static const char *const losses[] = {
#define X(id, name, text) [WB_LOSS_##id] = name,
		WB_LOSSES(X)
#undef X
	};
	struct json_sink *s = (struct json_sink *)sink;
	struct json w = {.out = &s->text};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "summary");
	json_unsigned(&w, "events", sum->events);
	json_unsigned(&w, "lost_events", sum->lost_events);
	json_open(&w, "losses", '{');
	for (int i = 0; i < WB_LOSS_MAX; i++)
		json_unsigned(&w, losses[i], sum->losses[i]);
	json_unsigned(&w, "recursion", sum->misses);
	json_unsigned(&w, "evicted", sum->evicted);
	json_unsigned(&w, "malformed", sum->malformed);
	json_close(&w, '}');
	json_open(&w, "journeys", '{');
	for (int i = 0; i < OUTCOME_MAX; i++)
		json_unsigned(&w, outcome_name(i), sum->journeys[i]);
	json_close(&w, '}');
	json_unsigned(&w, "benign_hidden", sum->benign_hidden);
	json_close(&w, '}');
	return put_line(s);
}

static void json_free(struct sink *sink)
{
	text_free(&((struct json_sink *)sink)->text);
	free(sink);
}

static const struct sink_ops ops = {
	.start = json_start, .journey = json_journey, .summary = json_summary, .free = json_free};

struct sink *sink_json_new(const struct sink_opts *o)
{
	struct json_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink.ops = &ops;
	s->sink.o = *o;
	return &s->sink;
}
