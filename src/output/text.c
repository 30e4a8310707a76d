/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys for people: a line a station, the drop in capitals, why and what next. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "output/sink.h"
#include "util/text.h"

#define COLUMN_TIME 10 /* where the columns of a step begin */
#define COLUMN_DETAIL 56
#define COLUMN_OUTCOME 50

struct text_sink {
	struct sink sink;
	struct text text;
};

static const char *const ct_names[] = {"established", "related",	 "new",
				       "established (reply)", "related (reply)", "new (reply)",
				       "?",	       "untracked"};

const char *ct_state_name(const struct wb_ct *ct)
{
	return ct_names[ct->info & 7];
}

static void color(struct text *t, const struct sink_opts *o, const char *code)
{
	if (o->color)
		text_printf(t, "\033[%sm", code);
}

static void put_end(struct text *t, const struct wb_packet *p, bool source)
{
	char buf[64];

	packet_addr(p->family, source ? p->saddr : p->daddr, buf, sizeof(buf));
	if (!packet_has_ports(p))
		text_printf(t, "%s", buf);
	else
		text_printf(t, p->family == 6 ? "[%s]:%u" : "%s:%u", buf, source ? p->sport : p->dport);
}

static void put_packet(struct text *t, const struct wb_packet *p, uint32_t len)
{
	static const struct {
		uint8_t proto, type;
		const char *name;
	} icmp[] = {{1, 8, "echo request"},   {1, 0, "echo reply"},	{1, 3, "unreachable"},
		    {1, 11, "time exceeded"}, {58, 128, "echo request"}, {58, 129, "echo reply"},
		    {58, 135, "neighbour solicitation"}, {58, 136, "neighbour advertisement"}};
	static const char flags[] = "FSRPAU";
	char name[24];
	const char *proto = packet_proto_name(p, name, sizeof(name));

	while (*proto)
		text_printf(t, "%c", toupper((unsigned char)*proto++));
	text_put(t, " ", 1);
	if (p->family || p->ethertype == 0x0806) {
		put_end(t, p, true);
		text_put(t, " > ", 3);
		put_end(t, p, false);
	}
	for (size_t i = 0; i < sizeof(icmp) / sizeof(icmp[0]); i++)
		if (p->family && icmp[i].proto == p->proto && icmp[i].type == p->icmp_type)
			text_printf(t, " %s", icmp[i].name);
	if (p->family && p->proto == 6) {
		text_put(t, " [", 2);
		for (int i = 0; flags[i]; i++)
			if (p->tcp_flags & 1 << i)
				text_put(t, &flags[i], 1);
		text_put(t, "]", 1);
	}
	text_printf(t, " len %u", len);
}

static void put_outcome(struct text *t, const struct journey *j)
{
	const char *name = outcome_name(j->outcome);
	const char *place;

	for (; *name; name++)
		text_printf(t, "%c", *name == '_' ? ' ' : toupper((unsigned char)*name));
	if (j->outcome != OUTCOME_DROPPED)
		return;
	place = station_place(j->drop.station);
	text_printf(t, " at %s", layer_name(j->drop.layer));
	if (*place)
		text_printf(t, " %s", place);
	else if (strcmp(layer_name(j->drop.layer), station_name(j->drop.station)))
		text_printf(t, " %s", station_name(j->drop.station));
}

static void put_wall(struct text *t, uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	struct tm tm;

	localtime_r(&seconds, &tm);
	text_printf(t, "%02d:%02d:%02d.%06llu", tm.tm_hour, tm.tm_min, tm.tm_sec,
		    (unsigned long long)(ns % 1000000000 / 1000));
}

static void put_where(struct text *t, const struct place *at)
{
	size_t start = t->n;

	if (at->netns[0])
		text_escaped(t, at->netns);
	else
		text_printf(t, "%u", at->netns_inum);
	text_pad(t, start, 10);
}

static void put_device(struct text *t, const struct step *s)
{
	if (s->at.dev[0])
		text_escaped(t, s->at.dev);
	else if (s->at.ifindex)
		text_printf(t, "if%u", s->at.ifindex);
}

static void put_route(struct text *t, const struct step *s)
{
	const struct wb_route_body *r = &s->route.raw;

	if (s->route.prefix[0])
		text_printf(t, "%s ", s->route.prefix);
	if (s->route.via[0])
		text_printf(t, "via %s ", s->route.via);
	if (!r->err && s->route.out_dev[0] && s->verdict != VERDICT_LOCAL) {
		text_put(t, "dev ", 4);
		text_escaped(t, s->route.out_dev);
		text_put(t, " ", 1);
	}
	if (r->table == 254)
		text_printf(t, "table main");
	else if (r->table == 255)
		text_printf(t, "table local");
	else
		text_printf(t, "table %u", r->table);
}

static void put_detail(struct text *t, const struct step *s, const struct sink_opts *o)
{
	char buf[160];

	if (s->decider) {
		text_escaped(t, decider_words(s->decider, buf, sizeof(buf)));
		return;
	}
	if (s->note[0])
		text_printf(t, "%s ", s->note);
	if (s->ct.has)
		text_printf(t, "conntrack %s ", ct_state_name(&s->ct.raw));
	if (s->route.has)
		put_route(t, s);
	if (s->qdisc)
		text_printf(t, "%.16s %x: %u packets queued", s->qdisc->kind,
			    s->qdisc->handle >> 16, s->qdisc->qlen);
	if (s->task.has) {
		text_escaped(t, s->task.raw.comm);
		text_printf(t, "[%u]", s->task.raw.pid);
	}
	if (s->sock && s->station == WB_STATION_SOCKET_QUEUE)
		text_printf(t, "port %u, %u of %u bytes used", s->sock->sport, s->sock->rmem,
			    s->sock->rcvbuf);
	if (s->rewritten && s->station != WB_STATION_NAT) {
		text_put(t, "now ", 4);
		put_packet(t, &s->packet, s->packet.payload);
	}
	if (o->verbose && s->function[0])
		text_printf(t, " (%s)", s->function);
	if (o->verbose > 1)
		text_printf(t, " [skb %llx cpu %u]", (unsigned long long)s->skb, s->cpu);
}

static void put_step(struct text *t, const struct step *s, bool fatal, const struct sink_opts *o)
{
	const char *verdict = verdict_name(s->verdict), *place = station_place(s->station);
	size_t start = t->n, column;

	text_printf(t, "  %+10.1fus  ", s->dt_ns / 1000.0);
	put_where(t, &s->at);
	column = t->n - start;
	text_printf(t, "%s", station_room(s->station));
	text_pad(t, start, column + 11);
	if (*place)
		text_printf(t, "%s", place);
	else
		put_device(t, s);
	if (*place && station_layer(s->station) != WB_LAYER_NETFILTER && s->at.dev[0]) {
		text_put(t, " ", 1);
		put_device(t, s);
	}
	text_pad(t, start, column + 30);
	if (fatal) {
		color(t, o, "1;31");
		for (const char *v = *verdict && verdict_is_fatal(s->verdict) ? verdict : "drop"; *v; v++)
			text_printf(t, "%c", toupper((unsigned char)*v));
		color(t, o, "0");
	} else {
		text_printf(t, "%s", verdict);
	}
	text_pad(t, start, column + 41 + (fatal && o->color ? 11 : 0));
	put_detail(t, s, o);
	while (t->n && t->s[t->n - 1] == ' ')
		t->n--;
	text_put(t, "\n", 1);
}

static void put_rule(struct text *t, const struct decider *d)
{
	const char *rule = decider_text(d, "rule");

	if (rule) {
		text_printf(t, "%26s", "");
		text_escaped(t, rule);
		text_put(t, "\n", 1);
	}
	for (size_t i = 0; d && i < d->n_candidates; i++) {
		char buf[160];

		text_printf(t, "%26s", i ? "or " : "perhaps ");
		text_escaped(t, decider_words(d->candidates[i], buf, sizeof(buf)));
		rule = decider_text(d->candidates[i], "rule");
		if (rule) {
			text_put(t, ": ", 2);
			text_escaped(t, rule);
		}
		text_put(t, "\n", 1);
	}
}

static void put_why(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	if (j->has_drop && o->verbose)
		text_printf(t, "         from  %s (%s)\n", j->drop.location, j->drop.reason);
	if (j->why[0]) {
		text_put(t, "         why   ", 15);
		text_escaped(t, j->why);
		if (j->sender_sees[0] && strcmp(j->sender_sees, "nothing"))
			text_printf(t, "; the sender sees: %s", j->sender_sees);
		text_put(t, "\n", 1);
	}
	if (j->next[0]) {
		text_put(t, "         next  ", 15);
		text_escaped(t, j->next);
		text_put(t, "\n", 1);
	}
	if (j->gap)
		text_printf(t, "         gap   events were lost meanwhile: steps may be missing\n");
}

void journey_text(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	bool shown = false;
	size_t start = t->n;

	text_printf(t, "#%llu ", (unsigned long long)j->number);
	put_packet(t, &j->packet, j->len);
	text_pad(t, start, COLUMN_OUTCOME);
	color(t, o, j->outcome == OUTCOME_DROPPED ? "1;31" : "1");
	put_outcome(t, j);
	color(t, o, "0");
	text_put(t, "  ", 2);
	put_wall(t, j->wall_ns);
	text_put(t, "\n", 1);
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];
		bool fatal = j->outcome == OUTCOME_DROPPED && s->station == j->drop.station &&
			     s->at.netns_inum == j->drop.at.netns_inum && i + 1 == j->n_steps;

		put_step(t, s, fatal, o);
		shown |= fatal;
		if (fatal)
			put_rule(t, j->drop.decider);
	}
	if (j->outcome == OUTCOME_DROPPED && !shown) {
		struct step s = {.station = j->drop.station, .at = j->drop.at,
				 .verdict = VERDICT_DROP, .dt_ns = j->duration_ns,
				 .decider = j->drop.decider};

		put_step(t, &s, true, o);
		put_rule(t, j->drop.decider);
	}
	put_why(t, j, o);
}

static int flush(struct text_sink *s)
{
	int r = 0;

	if (fwrite(s->text.s, 1, s->text.n, s->sink.o.out) != s->text.n || fflush(s->sink.o.out))
		r = -(errno ? errno : EIO);
	text_reset(&s->text);
	return r;
}

static int on_start(struct sink *sink, const struct sink_start *info)
{
	(void)sink;
	(void)info;
	return 0;
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct text_sink *s = (struct text_sink *)sink;

	journey_text(&s->text, j, &sink->o);
	return flush(s);
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	static const struct {
		const char *name, *text;
	} losses[] = {
#define X(id, name, text) [WB_LOSS_##id] = {name, text},
		WB_LOSSES(X)
#undef X
	};
	uint64_t total = 0;

	for (int i = 0; i < OUTCOME_MAX; i++)
		total += sum->journeys[i];
	fprintf(stderr, "%llu journeys:", (unsigned long long)total);
	for (int i = 0; i < OUTCOME_MAX; i++)
		if (sum->journeys[i])
			fprintf(stderr, " %llu %s", (unsigned long long)sum->journeys[i],
				outcome_name(i));
	if (sum->benign_hidden)
		fprintf(stderr, " (%llu harmless ends hidden: -a)",
			(unsigned long long)sum->benign_hidden);
	fprintf(stderr, "\n%llu events, %llu lost\n", (unsigned long long)sum->events,
		(unsigned long long)sum->lost_events);
	for (int i = 0; i < WB_LOSS_MAX; i++)
		if (sum->losses[i])
			fprintf(stderr, "  %s: %llu (%s)\n", losses[i].name,
				(unsigned long long)sum->losses[i], losses[i].text);
	if (sum->misses)
		fprintf(stderr, "  recursion: %llu (probes the kernel skipped)\n",
			(unsigned long long)sum->misses);
	(void)sink;
	return 0;
}

static void on_free(struct sink *sink)
{
	text_free(&((struct text_sink *)sink)->text);
	free(sink);
}

static const struct sink_ops ops = {on_start, on_journey, on_summary, on_free};

struct sink *sink_text_new(const struct sink_opts *o)
{
	struct text_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink.ops = &ops;
	s->sink.o = *o;
	return &s->sink;
}
