/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys for people: a line a station, the drop in capitals, why and what next. */
#include <stdlib.h>
#include <string.h>

#include "model/icmp.h"
#include "output/family.h"
#include "output/fold.h"
#include "output/text_step.h"
#include "util/clock.h"
#include "util/foreign.h"

#define COLUMN_WORDS 15	       /* of the lines below the steps */
#define TELL_NS	     SECOND_NS /* how long a count grows before it is told */

struct text_sink {
	struct sink sink;
	struct text text;
	struct fold fold;
	struct family family;
};

/* A line of the frame: a word, and text that comes from outside in parts. */
static void put_line(struct text *t, const char *word, const char *words, const struct sink_opts *o)
{
	struct text escaped = {.ascii = t->ascii};

	text_printf(t, "         %-6s", word);
	text_escaped(&escaped, words);
	if (escaped.n)
		text_wrapped(t, escaped.s, COLUMN_WORDS, COLUMN_WORDS, o->lines_fit ? o->width : 0);
	text_put(t, "\n", 1);
	text_free(&escaped);
}

/* Commands are not broken: a terminal's own line break is none when they are copied. */
static void put_commands(struct text *t, const char *commands, const struct sink_opts *o)
{
	size_t column = COLUMN_WORDS;

	text_printf(t, "         %-6s", "next");
	while (*commands) {
		const char *end = strstr(commands, "; ");
		size_t n = end ? (size_t)(end - commands) + 1 : strlen(commands);

		if (o->lines_fit && column > COLUMN_WORDS && column + n > o->width) {
			text_printf(t, "\n%*s", COLUMN_WORDS, "");
			column = COLUMN_WORDS;
		} else if (column > COLUMN_WORDS) {
			text_put(t, " ", 1);
		}
		text_put(t, commands, n);
		column += n + 1;
		commands += end ? n + 1 : n;
	}
	text_put(t, "\n", 1);
}

static const char *link_words(const struct link *l)
{
	static const char *const words[] = {
		[WB_LINK_CLONE] = ": a copy of",
		[WB_LINK_ANSWER] = ": sent because of",
		[WB_LINK_ASKS] = ": for the link address that is waited for by",
	};

	if (!l->is_parent)
		return ": goes on in";
	return l->how < sizeof(words) / sizeof(words[0]) && words[l->how] ? words[l->how]
									  : ": a part of";
}

static void put_links(struct text *t, const struct journey *j)
{
	if (j->retransmission_of)
		text_printf(t, "         link  retransmission of #%llu\n",
			    (unsigned long long)j->retransmission_of);
	for (size_t i = 0; i < j->n_links; i++) {
		const struct link *l = &j->links[i];

		text_printf(t, "         link  %s", link_how_name(l->how));
		text_printf(t, "%s", link_words(l));
		if (l->number)
			text_printf(t, " #%llu\n", (unsigned long long)l->number);
		else
			text_printf(t, " a packet that is not known\n");
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
static void put_evidence(struct text *t, const struct decider *d, const struct sink_opts *o)
{
	for (size_t i = 0; d && i < d->n_evidence; i++)
		put_line(t, "seen", d->evidence[i], o);
}

static void put_why(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	if (j->has_drop && o->verbose) {
		text_printf(t, "         from  ");
		text_escaped(t, j->drop.location);
		text_printf(t, "+0x%x", j->drop.location_offset);
		if (j->drop.module[0]) {
			text_printf(t, " [");
			text_escaped(t, j->drop.module);
			text_printf(t, "]");
		}
		text_printf(t, " (%s%s)\n", j->drop.reason,
			    j->drop.reason_is_location ? ", waybill's name for the place" : "");
		put_evidence(t, j->drop.decider, o);
	}
	if (j->has_icmp)
		put_icmp(t, j);
	if (j->would[0])
		put_line(t, "then", j->would, o);
	if (j->why[0]) {
		bool sees = j->sender_sees[0] && strcmp(j->sender_sees, "nothing");
		struct text why = {0};

		text_printf(&why, "%s%s%s", j->why, sees ? "; the sender sees: " : "",
			    sees ? j->sender_sees : "");
		put_line(t, "why", why.s ? why.s : "", o);
		text_free(&why);
	}
	if (j->next[0])
		put_commands(t, j->next, o);
	if (j->gap)
		put_line(t, "gap", "events were lost meanwhile: steps may be missing", o);
	if (j->truncated)
		put_line(t, "cut", "it had more steps than are kept", o);
	if (j->late)
		put_line(t, "late", "it ended more than a second after others that were seen later",
			 o);
}

void journey_text(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	bool shown = false;
	struct columns c;

	text_columns(&c, j, o);
	text_head(t, j, o);
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

/* Below the packet of which it is a copy. */
static void put_copy(struct text_sink *s, const struct journey *j)
{
	struct text lines = {.ascii = s->text.ascii};
	struct sink_opts o = s->sink.o;

	if (o.fold && family_fold(&s->family, j))
		return;
	if (o.width)
		o.width -= FAMILY_INDENT;
	journey_text(&lines, j, &o);
	family_put(&s->text, &lines);
	text_free(&lines);
}

static void put_journey(struct text_sink *s, const struct journey *j)
{
	const struct sink_opts *o = &s->sink.o;

	if (o->brief) {
		text_brief(&s->text, j, o);
		return;
	}
	if (family_has(&s->family, j)) {
		put_copy(s, j);
		return;
	}
	family_end(&s->family, &s->text);
	if (o->fold && fold_journey(&s->fold, j, &s->text))
		return;
	journey_text(&s->text, j, o);
	family_begin(&s->family, j, &s->text);
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct text_sink *s = (struct text_sink *)sink;
	struct sink_opts *o = &sink->o;

	if (!o->first_ns)
		o->first_ns = j->wall_ns;
	if (!family_has(&s->family, j))
		fold_tell(&s->fold, j->wall_ns - TELL_NS, &s->text);
	put_journey(s, j);
	o->last_ns = j->wall_ns;
	return sink_put(&s->sink, &s->text);
}

static int on_context(struct sink *sink, const struct journey *j)
{
	return sink->o.brief ? 0 : on_journey(sink, j);
}

static int on_tick(struct sink *sink, uint64_t wall_ns)
{
	struct text_sink *s = (struct text_sink *)sink;

	if (s->family.parent && wall_ns > s->sink.o.last_ns + TELL_NS)
		family_end(&s->family, &s->text);
	fold_tell(&s->fold, wall_ns - TELL_NS, &s->text);
	return sink_put(&s->sink, &s->text);
}

/* What was counted and not told. */
static int tell_rest(struct text_sink *s)
{
	family_end(&s->family, &s->text);
	fold_tell(&s->fold, UINT64_MAX, &s->text);
	return sink_put(&s->sink, &s->text);
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
	int r = tell_rest((struct text_sink *)sink);

	fflush(sink->o.out);
	if (sink->o.quiet)
		return r;
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
	return r;
}

static void on_free(struct sink *sink)
{
	struct text_sink *s = (struct text_sink *)sink;

	family_end(&s->family, &s->text);
	fold_clear(&s->fold);
	text_free(&s->text);
	free(s);
}

static const struct sink_ops ops = {.journey = on_journey,
				    .context = on_context,
				    .tick = on_tick,
				    .summary = on_summary,
				    .free = on_free};

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
