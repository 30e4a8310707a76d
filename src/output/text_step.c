/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step as one line: when, which namespace, the station, the place, the verdict, and what is
 * worth knowing there. What frames the lines of a journey is in text.c.
 */
#include "output/text_step.h"

#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "model/icmp.h"
#include "util/foreign.h"

#define INDENT		17 /* time stands before the first column */
#define ROOM_WIDTH	11 /* the longest is conntrack */
#define VERDICT_WIDTH	11
#define NETNS_WIDEST	24
#define PLACE_NARROWEST 12
#define PLACE_WIDEST	30
#define WIDE		110 /* columns of a terminal with room for the widest of these */
#define NETNS_WIDE	12
#define PLACE_WIDE	15

const char *link_how_name(enum wb_link_how how)
{
	static const char *const names[] = {
		[WB_LINK_CLONE] = "clone",     [WB_LINK_COPY] = "clone",
		[WB_LINK_SEGMENT] = "segment", [WB_LINK_FRAGMENT] = "fragment",
		[WB_LINK_GRO] = "reassembled", [WB_LINK_REASSEMBLED] = "reassembled",
		[WB_LINK_ENCAP] = "encap",     [WB_LINK_ANSWER] = "answer",
		[WB_LINK_ASKS] = "asks",
	};

	return how < sizeof(names) / sizeof(names[0]) && names[how] ? names[how] : "?";
}

const char *neigh_state_name(unsigned state)
{
	static const char *const names[] = {"incomplete", "reachable", "stale", "delay",
					    "probe",	  "failed",    "noarp", "permanent"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (state & 1U << i)
			return names[i];
	return "none";
}

void text_color(struct text *t, const struct sink_opts *o, const char *code)
{
	if (o->color)
		text_printf(t, "\033[%sm", code);
}

void text_upper(struct text *t, const char *word)
{
	for (; *word; word++)
		text_printf(t, "%c", *word == '_' ? ' ' : toupper((unsigned char)*word));
}

static void put_netns(struct text *t, const struct place *at, const struct sink_opts *o)
{
	if (at->netns[0] && !o->numeric)
		text_escaped(t, at->netns);
	else if (at->netns_inum)
		text_printf(t, "%u", at->netns_inum);
	else
		text_put(t, "-", 1);
}

static void put_device(struct text *t, const struct step *s, const struct sink_opts *o)
{
	if (s->at.dev[0] && !o->numeric)
		text_escaped(t, s->at.dev);
	else if (s->at.ifindex)
		text_printf(t, "if%u", s->at.ifindex);
}

static void put_place(struct text *t, const struct step *s, const struct sink_opts *o)
{
	const char *place = station_place(s->station);
	bool route = s->station == WB_STATION_ROUTE_IN || s->station == WB_STATION_ROUTE_OUT;
	size_t start;

	if (route) {
		start = t->n;
		if (s->station == WB_STATION_ROUTE_IN)
			put_device(t, s, o);
		if (t->n == start)
			text_printf(t, "%s", place);
		/* back out where it came in: of a local address, not worth an arrow */
		if (!s->route.has || s->route.raw.err || s->verdict == VERDICT_LOCAL ||
		    !s->route.raw.oif || s->route.raw.oif == s->at.ifindex)
			return;
		text_put(t, " > ", 3);
		if (s->route.out_dev[0] && !o->numeric)
			text_escaped(t, s->route.out_dev);
		else
			text_printf(t, "if%u", s->route.raw.oif);
		return;
	}
	text_printf(t, "%s", place);
	if (*place && (station_layer(s->station) == WB_LAYER_NETFILTER || !s->at.ifindex))
		return;
	if (*place)
		text_put(t, " ", 1);
	put_device(t, s, o);
}

static void put_route(struct text *t, const struct step *s, const struct sink_opts *o)
{
	const struct wb_route_body *r = &s->route.raw;

	if (s->route.prefix[0])
		text_printf(t, "%s ", s->route.prefix);
	if (s->route.via[0])
		text_printf(t, "via %s ", s->route.via);
	if (r->table == 254 && !o->numeric)
		text_printf(t, "table main ");
	else if (r->table == 255 && !o->numeric)
		text_printf(t, "table local ");
	else if (r->table)
		text_printf(t, "table %u ", r->table);
}

static void put_details(struct text *t, const struct step *s)
{
	char buf[64];

	if (s->ct.has) {
		text_printf(t, "conntrack %s ", ct_state_name(&s->ct.raw));
		if (s->ct.raw.zone)
			text_printf(t, "zone %u ", s->ct.raw.zone);
	}
	if (s->note[0]) {
		text_escaped(t, s->note);
		text_put(t, " ", 1);
	}
	if (s->qdisc) {
		snprintf(buf, sizeof(buf), "%.16s", s->qdisc->kind);
		text_escaped(t, buf);
		text_printf(t, " %x: %u packets, %u bytes queued ", s->qdisc->handle >> 16,
			    s->qdisc->qlen, s->qdisc->backlog);
	}
	if (s->neigh && !s->decider)
		text_printf(t, "%s %s ",
			    packet_addr(s->neigh->family, s->neigh->addr, buf, sizeof(buf)),
			    neigh_state_name(s->neigh->nud_state));
	if (s->task.has && s->task.raw.pid != decider_number(s->decider, "pid", 0)) {
		snprintf(buf, sizeof(buf), "%.16s", s->task.raw.comm);
		text_escaped(t, buf);
		text_printf(t, "[%u] ", s->task.raw.pid);
	}
	if (s->sock && s->sock->state == TCP_LISTEN)
		text_printf(t, "port %u, %u of %u connections wait ", s->sock->sport,
			    s->sock->backlog, s->sock->backlog_max);
	else if (s->sock && s->station == WB_STATION_SOCKET_QUEUE && !s->decider)
		text_printf(t, "port %u, %u of %u bytes used ", s->sock->sport, s->sock->rmem,
			    s->sock->rcvbuf);
}

static void put_detail(struct text *t, const struct step *s, const struct sink_opts *o)
{
	char buf[160];

	if (s->decider) {
		text_escaped(t, decider_words(s->decider, buf, sizeof(buf)));
		text_put(t, " ", 1);
	}
	if (s->route.has)
		put_route(t, s, o);
	put_details(t, s);
	if (s->rewritten && !s->note[0]) {
		text_put(t, "now ", 4);
		text_packet(t, &s->packet, s->packet.payload);
		text_put(t, " ", 1);
	}
	if (s->function[0] && o->verbose) {
		text_put(t, "(", 1);
		text_escaped(t, s->function);
		text_put(t, ") ", 2);
	}
	if (o->verbose > 1)
		text_printf(t, "[skb %llx cpu %u netns %u if%u len %u]", (unsigned long long)s->skb,
			    s->cpu, s->at.netns_inum, s->at.ifindex, s->len);
}

static size_t limited(size_t n, size_t least, size_t most)
{
	return n < least ? least : n > most ? most : n;
}

void text_columns(struct columns *c, const struct journey *j, const struct sink_opts *o)
{
	struct text t = {0};

	*c = (struct columns){0};
	for (size_t i = 0; i <= j->n_steps; i++) {
		struct step drop = {.station = j->drop.station, .at = j->drop.at};
		const struct step *s = i < j->n_steps ? &j->steps[i] : &drop;

		if (i == j->n_steps && !j->has_drop)
			break;
		text_reset(&t);
		put_netns(&t, &s->at, o);
		c->netns = t.n > c->netns ? t.n : c->netns;
		text_reset(&t);
		put_place(&t, s, o);
		c->place = t.n > c->place ? t.n : c->place;
	}
	c->width = o->lines_fit ? o->width : 0;
	c->netns =
		limited(c->netns, 1, c->width && c->width < WIDE ? NETNS_WIDE : NETNS_WIDEST) + 2;
	c->place = limited(c->place, PLACE_NARROWEST,
			   c->width && c->width < WIDE ? PLACE_WIDE : PLACE_WIDEST) +
		   2;
	text_free(&t);
}

void text_duration(struct text *t, uint64_t ns)
{
	if (ns < 10000000)
		text_printf(t, "%.1fus", ns / 1e3);
	else if (ns < 10000000000)
		text_printf(t, "%.1fms", ns / 1e6);
	else
		text_printf(t, "%.1fs", ns / 1e9);
}

/* Waits of seconds (a neighbour's silence) would be unreadable in microseconds. */
static void put_time(struct text *t, uint64_t ns)
{
	if (ns < 10000000)
		text_printf(t, "  %+11.1fus  ", ns / 1e3);
	else if (ns < 10000000000)
		text_printf(t, "  %+11.1fms  ", ns / 1e6);
	else
		text_printf(t, "  %+11.1fs   ", ns / 1e9);
}

void text_place(struct text *t, const struct step *s, const struct sink_opts *o)
{
	size_t start = t->n;

	put_netns(t, &s->at, o);
	text_shorten(t, start, NETNS_WIDE);
	text_pad(t, start, NETNS_WIDE + 2);
	start = t->n;
	text_printf(t, "%s", station_room(s->station));
	text_pad(t, start, ROOM_WIDTH);
	put_place(t, s, o);
}

void text_step(struct text *t, const struct step *s, bool fatal, const struct columns *c,
	       const struct sink_opts *o)
{
	const char *verdict = verdict_name(s->verdict);
	struct text detail = {0};
	size_t start;

	if (o->untimed)
		text_printf(t, "%*s", INDENT, "");
	else
		put_time(t, s->dt_ns);
	start = t->n;
	put_netns(t, &s->at, o);
	text_shorten(t, start, c->netns - 2);
	text_pad(t, start, c->netns);
	start = t->n;
	text_printf(t, "%s", station_room(s->station));
	text_pad(t, start, ROOM_WIDTH);
	start = t->n;
	put_place(t, s, o);
	text_shorten(t, start, c->place - 2);
	text_pad(t, start, c->place);
	start = t->n;
	if (fatal) {
		text_color(t, o, "1;31");
		text_upper(t, verdict_is_fatal(s->verdict) ? verdict : "drop");
		text_color(t, o, "0");
		start += o->color ? 11 : 0; /* the two sequences take no room on the screen */
	} else {
		text_printf(t, "%s", verdict);
	}
	text_pad(t, start, VERDICT_WIDTH);
	detail.ascii = t->ascii;
	put_detail(&detail, s, o);
	while (detail.n && detail.s[detail.n - 1] == ' ')
		detail.s[--detail.n] = 0;
	if (detail.n)
		text_wrapped(t, detail.s, INDENT + c->netns + ROOM_WIDTH + c->place + VERDICT_WIDTH,
			     INDENT + c->netns + ROOM_WIDTH, c->width);
	text_free(&detail);
	while (t->n && t->s[t->n - 1] == ' ')
		t->n--;
	text_put(t, "\n", 1);
}

void text_rule(struct text *t, const struct decider *d, const struct columns *c)
{
	size_t column = INDENT + c->netns + ROOM_WIDTH;
	const char *rule = decider_text(d, "rule");
	struct text words = {.ascii = t->ascii};
	char buf[160];

	if (rule) {
		text_printf(t, "%*s", (int)column, "");
		text_escaped(&words, rule);
		text_wrapped(t, words.s, column, column, c->width);
		text_put(t, "\n", 1);
	}
	for (size_t i = 0; d && i < d->n_candidates; i++) {
		text_reset(&words);
		text_printf(t, "%*s", (int)column, i ? "or " : "perhaps ");
		text_escaped(&words, decider_words(d->candidates[i], buf, sizeof(buf)));
		rule = decider_text(d->candidates[i], "rule");
		if (rule) {
			text_put(&words, ": ", 2);
			text_escaped(&words, rule);
		}
		if (words.n)
			text_wrapped(t, words.s, column, column, c->width);
		text_put(t, "\n", 1);
	}
	text_free(&words);
}
