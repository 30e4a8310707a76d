/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first line of a journey: who, what became of it, where, why the kernel says so, and when. On
 * a narrow terminal what does not fit moves to a second line. The steps are in text_step.c.
 */
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "output/text_step.h"
#include "util/clock.h"
#include "util/foreign.h"

#define COLUMN_OUTCOME 50 /* where there is room */
#define COLUMN_TIME    96

static const char *const formats[WALL_FORMATS] = {
	[WALL_LOCAL] = "local", [WALL_UTC] = "utc",	      [WALL_EPOCH] = "epoch",
	[WALL_DATE] = "date",	[WALL_RELATIVE] = "relative", [WALL_DELTA] = "delta",
};

enum wall_format wall_format_by_name(const char *name)
{
	for (int i = 0; name && i < WALL_FORMATS; i++)
		if (!strcmp(formats[i], name))
			return i;
	return WALL_LOCAL;
}

void text_wall(struct text *t, uint64_t ns, const struct sink_opts *o)
{
	uint64_t since = o->time == WALL_RELATIVE ? o->first_ns : o->last_ns;
	unsigned long long us = ns % SECOND_NS / 1000;
	time_t seconds = ns / SECOND_NS;
	struct tm tm;

	if (o->time == WALL_RELATIVE || o->time == WALL_DELTA) {
		int64_t d = since ? (int64_t)(ns - since) : 0;

		text_printf(t, "%+.6f", d / 1e9);
		return;
	}
	if (o->time == WALL_EPOCH) {
		text_printf(t, "%llu.%06llu", (unsigned long long)seconds, us);
		return;
	}
	if (o->time == WALL_UTC)
		gmtime_r(&seconds, &tm);
	else
		localtime_r(&seconds, &tm);
	if (o->time == WALL_DATE)
		text_printf(t, "%04d-%02d-%02d ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	text_printf(t, "%02d:%02d:%02d.%06llu", tm.tm_hour, tm.tm_min, tm.tm_sec, us);
}

/* whole: with the layer before the hook, and the station behind the layer. */
static void put_outcome(struct text *t, const struct journey *j, bool whole)
{
	const char *layer, *place;

	text_upper(t, outcome_name(j->outcome));
	if (j->outcome == OUTCOME_NEVER_SENT && j->send_errno)
		text_printf(t, ": %s", j->sender_sees);
	if (j->outcome != OUTCOME_DROPPED)
		return;
	layer = layer_name(j->drop.layer);
	place = station_place(j->drop.station);
	if (!whole)
		text_printf(t, " at %s",
			    *place && j->drop.layer == WB_LAYER_NETFILTER
				    ? place
				    : station_name(j->drop.station));
	else if (*place && j->drop.layer == WB_LAYER_NETFILTER)
		text_printf(t, " at %s %s", layer, place);
	else if (strcmp(layer, station_name(j->drop.station)))
		text_printf(t, " at %s (%s)", layer, station_name(j->drop.station));
	else
		text_printf(t, " at %s", layer);
	if (j->drop.reason[0])
		text_printf(t, " [%s]", j->drop.reason);
}

static void put_who(struct text *t, const struct journey *j)
{
	if (j->has_packet && j->outcome == OUTCOME_NEVER_SENT)
		text_unsent(t, &j->packet);
	else if (j->has_packet)
		text_packet_ends(t, &j->packet);
}

static void put_more(struct text *t, const struct journey *j)
{
	if (j->has_packet && j->outcome != OUTCOME_NEVER_SENT)
		text_packet_more(t, &j->packet, j->len);
}

#define MORE_SHORT 16 /* a length; TCP's numbers are more, and stand behind what became of it */

/* The pieces of the line, each made once. */
struct pieces {
	struct text number, who, more, outcome, brief, time;
};

static void make(struct pieces *p, const struct journey *j, const struct sink_opts *o)
{
	text_printf(&p->number, "#%llu", (unsigned long long)j->number);
	put_who(&p->who, j);
	put_more(&p->more, j);
	put_outcome(&p->outcome, j, true);
	put_outcome(&p->brief, j, false);
	text_wall(&p->time, j->wall_ns, o);
}

static void clear(struct pieces *p)
{
	text_free(&p->number);
	text_free(&p->who);
	text_free(&p->more);
	text_free(&p->outcome);
	text_free(&p->brief);
	text_free(&p->time);
}

static void put(struct text *t, const struct text *piece)
{
	if (piece->n)
		text_put(t, piece->s, piece->n);
}

static void put_colored(struct text *t, const struct text *piece, const struct journey *j,
			const struct sink_opts *o)
{
	text_color(t, o, j->outcome == OUTCOME_DROPPED ? "1;31" : "1");
	put(t, piece);
	text_color(t, o, "0");
}

static size_t invisible(const struct journey *j, const struct sink_opts *o)
{
	return !o->color ? 0 : j->outcome == OUTCOME_DROPPED ? 11 : 8;
}

/* Everything in one line, in columns where it is short enough for that. */
static void one_line(struct text *t, const struct pieces *p, const struct journey *j,
		     const struct sink_opts *o)
{
	size_t start = t->n;

	put(t, &p->number);
	text_put(t, " ", 1);
	put(t, &p->who);
	put(t, &p->more);
	text_pad(t, start, COLUMN_OUTCOME);
	put_colored(t, &p->outcome, j, o);
	text_pad(t, start + invisible(j, o), COLUMN_TIME);
	put(t, &p->time);
	text_put(t, "\n", 1);
}

/* Who, and what became of it; the rest stands below. */
static void two_lines(struct text *t, const struct pieces *p, const struct journey *j,
		      const struct sink_opts *o, size_t width)
{
	size_t least = p->number.n + p->who.n + 3;
	const struct text *outcome = least + p->outcome.n <= width ? &p->outcome : &p->brief;
	bool together = least + outcome->n <= width;
	size_t start = t->n;

	put(t, &p->number);
	text_put(t, " ", 1);
	if (together) {
		put(t, &p->who);
		if (least + outcome->n + p->time.n + 2 <= width &&
		    width - p->time.n - 2 - outcome->n > COLUMN_OUTCOME - 10)
			text_pad(t, start, width - p->time.n - 2 - outcome->n);
		else
			text_put(t, "  ", 2);
	}
	put_colored(t, outcome, j, o);
	text_printf(t, "\n         at    ");
	put(t, &p->time);
	text_put(t, together && !p->more.n ? "" : " ", together && !p->more.n ? 0 : 1);
	if (!together) {
		text_put(t, " ", 1);
		put(t, &p->who);
	}
	put(t, &p->more);
	text_put(t, "\n", 1);
}

void text_head(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	struct pieces p = {0};
	size_t width = o->width;

	make(&p, j, o);
	if (!width || p.number.n + 1 + p.who.n + p.more.n + p.outcome.n + p.time.n + 4 <= width)
		one_line(t, &p, j, o);
	else
		two_lines(t, &p, j, o, width);
	clear(&p);
}

void text_brief(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	const struct decider *d = j->outcome == OUTCOME_DROPPED ? j->drop.decider : NULL;
	size_t start = t->n;
	struct pieces p = {0};
	char words[160];
	bool behind;

	make(&p, j, o);
	behind = p.more.n > MORE_SHORT;
	put(t, &p.number);
	text_put(t, " ", 1);
	put(t, &p.time);
	text_put(t, " ", 1);
	put(t, &p.who);
	if (!behind)
		put(t, &p.more);
	text_put(t, "  ", 2);
	put_colored(t, &p.brief, j, o);
	if (d && decider_words(d, words, sizeof(words))[0]) {
		text_put(t, ": ", 2);
		text_escaped(t, words);
	}
	if (behind) {
		text_put(t, " ", 1);
		put(t, &p.more);
	}
	if (o->lines_fit)
		text_cut(t, start + invisible(j, o), o->width);
	text_put(t, "\n", 1);
	clear(&p);
}
