/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys for people: a line a station, the drop in capitals, why and what next. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/icmp.h"
#include "output/text_step.h"
#include "util/clock.h"
#include "util/foreign.h"

#define COLUMN_OUTCOME 50
#define COLUMN_TIME    92

struct text_sink {
	struct sink sink;
	struct text text;
};

static void put_outcome(struct text *t, const struct journey *j)
{
	const char *layer, *place;

	text_upper(t, outcome_name(j->outcome));
	if (j->outcome == OUTCOME_NEVER_SENT && j->send_errno)
		text_printf(t, ": %s", j->sender_sees);
	if (j->outcome != OUTCOME_DROPPED)
		return;
	layer = layer_name(j->drop.layer);
	place = station_place(j->drop.station);
	text_printf(t, " at %s", layer);
	if (*place && j->drop.layer == WB_LAYER_NETFILTER)
		text_printf(t, " %s", place);
	else if (strcmp(layer, station_name(j->drop.station)))
		text_printf(t, " (%s)", station_name(j->drop.station));
}

static void put_wall(struct text *t, uint64_t ns)
{
	time_t seconds = ns / SECOND_NS;
	struct tm tm;

	localtime_r(&seconds, &tm);
	text_printf(t, "%02d:%02d:%02d.%06llu", tm.tm_hour, tm.tm_min, tm.tm_sec,
		    (unsigned long long)(ns % SECOND_NS / 1000));
}

/* A line of the frame: a word, and text that comes from outside in parts. */
static void put_line(struct text *t, const char *word, const char *words)
{
	text_printf(t, "         %-6s", word);
	text_escaped(t, words);
	text_put(t, "\n", 1);
}

static void put_links(struct text *t, const struct journey *j)
{
	for (size_t i = 0; i < j->n_links; i++) {
		const struct link *l = &j->links[i];

		text_printf(t, "         link  %s: %s", link_how_name(l->how),
			    l->is_parent ? "a part of the packet of "
					 : "goes on in the packet of ");
		if (l->other_ts_ns)
			put_wall(t, l->other_ts_ns + (j->wall_ns - j->ts_ns));
		else
			text_printf(t, "an unknown time");
		text_put(t, "\n", 1);
	}
}

static void put_icmp(struct text *t, const struct journey *j)
{
	const char *name = icmp_error_name(&j->icmp);

	text_printf(t, "         icmp  an ICMP error was sent back: ");
	if (name)
		text_printf(t, "%s", name);
	else
		text_printf(t, "type %u code %u", j->icmp.type, j->icmp.code);
	text_printf(t, "%s\n", j->answer_lost ? ", and died on its way" : "");
}

/* What the decider was concluded from; of several it speaks for the first. */
static void put_evidence(struct text *t, const struct decider *d)
{
	for (size_t i = 0; d && i < d->n_evidence; i++)
		put_line(t, "seen", d->evidence[i]);
}

static void put_why(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	if (j->has_drop && o->verbose) {
		text_printf(t, "         from  ");
		text_escaped(t, j->drop.location);
		text_printf(t, "+0x%x (%s%s)\n", j->drop.location_offset, j->drop.reason,
			    j->drop.reason_is_location ? ", waybill's name for the place" : "");
		put_evidence(t, j->drop.decider);
	}
	if (j->has_icmp)
		put_icmp(t, j);
	if (j->why[0]) {
		text_printf(t, "         why   ");
		text_escaped(t, j->why);
		if (j->sender_sees[0] && strcmp(j->sender_sees, "nothing"))
			text_printf(t, "; the sender sees: %s", j->sender_sees);
		text_put(t, "\n", 1);
	}
	if (j->next[0])
		put_line(t, "next", j->next);
	if (j->gap)
		put_line(t, "gap", "events were lost meanwhile: steps may be missing");
	if (j->truncated)
		put_line(t, "cut", "it had more steps than are kept");
}

void journey_text(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	size_t start = t->n;
	bool shown = false;
	struct columns c;

	text_columns(&c, j, o);
	text_printf(t, "#%llu ", (unsigned long long)j->number);
	if (j->has_packet && j->outcome == OUTCOME_NEVER_SENT)
		text_unsent(t, &j->packet);
	else if (j->has_packet)
		text_packet(t, &j->packet, j->len);
	text_pad(t, start, COLUMN_OUTCOME);
	text_color(t, o, j->outcome == OUTCOME_DROPPED ? "1;31" : "1");
	put_outcome(t, j);
	text_color(t, o, "0");
	if (o->color)
		start += j->outcome == OUTCOME_DROPPED ? 11 : 8;
	text_pad(t, start, COLUMN_TIME);
	put_wall(t, j->wall_ns);
	text_put(t, "\n", 1);
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];
		bool fatal = j->outcome == OUTCOME_DROPPED && s->station == j->drop.station &&
			     s->at.netns_inum == j->drop.at.netns_inum && i + 1 == j->n_steps;

		text_step(t, s, fatal, &c, o);
		shown |= fatal;
		if (fatal || s->decider)
			text_rule(t, fatal && !s->decider ? j->drop.decider : s->decider, &c);
	}
	if (j->outcome == OUTCOME_DROPPED && !shown) {
		struct step s = {.station = j->drop.station,
				 .at = j->drop.at,
				 .verdict = VERDICT_DROP,
				 .dt_ns = j->duration_ns,
				 .decider = j->drop.decider};

		text_step(t, &s, true, &c, o);
		text_rule(t, j->drop.decider, &c);
	}
	put_links(t, j);
	put_why(t, j, o);
}

static int put_out(struct text_sink *s)
{
	int r = 0;

	if (fwrite(s->text.s, 1, s->text.n, s->sink.o.out) != s->text.n)
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
	return put_out(s);
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
	if (total)
		fprintf(stderr, "%llu journey%s:", (unsigned long long)total, total > 1 ? "s" : "");
	else
		fprintf(stderr, "no journeys");
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
	if (sum->evicted)
		fprintf(stderr, "  evicted: %llu (journeys ended early: too many were open)\n",
			(unsigned long long)sum->evicted);
	if (sum->malformed)
		fprintf(stderr, "  malformed: %llu (events that can't be read)\n",
			(unsigned long long)sum->malformed);
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
	s->text.ascii = o->ascii;
	return &s->sink;
}
