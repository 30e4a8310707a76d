/* SPDX-License-Identifier: GPL-2.0-only */
/* A tally as text, 80 columns wide, and as JSON: two walks over one struct. */
#include "output/layers.h"

#include <inttypes.h>
#include <stdlib.h>

#include "model/saving.h"
#include "output/put.h"
#include "output/text_step.h"
#include "util/json.h"
#include "util/foreign.h"

#define WIDTH  80
#define INDENT 12 /* of what is said about a site */

#define FRACTION 7 /* of a time: ".123456" */
/* Of a CPU's time, in permille: what XDP would save is worth a word from here on. */
#define SAVING_WORTH 10

static const enum outcome others[] = {OUTCOME_QUEUED, OUTCOME_NEVER_SENT, OUTCOME_UNFINISHED};

static void put_check(struct json *w, const struct tally_check *c)
{
	if (!c->has)
		return;
	json_open(w, "check", '{');
	json_text(w, "counter", c->counter);
	json_unsigned(w, "delta", c->delta);
	json_bool(w, "agrees", c->agrees);
	json_close(w, '}');
}

static void put_site(struct json *w, const struct tally_site *s, uint64_t interval_ns)
{
	int64_t saves = saving_permille(s, interval_ns);

	json_open(w, NULL, '{');
	json_text(w, "layer", layer_name(s->layer));
	json_text(w, "station", station_name(s->station));
	json_text(w, "reason", s->reason);
	if (s->location[0])
		json_text(w, "location", s->location);
	json_put_place(w, &s->at);
	json_put_decider(w, "decider", s->decider);
	json_unsigned(w, "packets", s->packets);
	json_unsigned(w, "segments", s->segments);
	json_unsigned(w, "bytes", s->bytes);
	if (s->timed)
		json_unsigned(w, "cost_ns", s->cost_ns / s->timed);
	if (s->timed && s->here_ns)
		json_unsigned(w, "cost_here_ns", s->here_ns / s->timed);
	if (s->program_ns)
		json_unsigned(w, "program_ns", s->program_ns);
	if (saves >= 0)
		json_unsigned(w, "xdp_saves_permille", saves);
	if (s->mixed)
		json_bool(w, "mixed", true);
	put_check(w, &s->check);
	json_close(w, '}');
}

static void put_unseen(struct json *w, const struct tally *n)
{
	if (!n->n_unseen)
		return;
	json_open(w, "seen_by_counter", '[');
	for (size_t i = 0; i < n->n_unseen; i++) {
		const struct tally_unseen *u = &n->unseen[i];

		json_open(w, NULL, '{');
		json_text(w, "counter", u->counter);
		json_put_place(w, &u->at);
		json_unsigned(w, "packets", u->packets);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void put_groups(struct json *w, const struct tally *n, enum tally_by by)
{
	struct tally_group *g;
	size_t n_groups;

	if (!by || tally_group(n, by, &g, &n_groups))
		return;
	json_text(w, "by", tally_by_text(by));
	json_open(w, "groups", '[');
	for (size_t i = 0; i < n_groups; i++) {
		json_open(w, NULL, '{');
		if (g[i].name[0])
			json_text(w, "name", g[i].name);
		json_unsigned(w, "packets", g[i].packets);
		json_unsigned(w, "bytes", g[i].bytes);
		json_unsigned(w, "cost_ns", g[i].timed ? g[i].cost_ns / g[i].timed : 0);
		json_close(w, '}');
	}
	json_close(w, ']');
	free(g);
}

static uint64_t n_others(const struct tally *n)
{
	uint64_t packets = 0;

	for (int i = 0; i < WB_LAYER_MAX; i++)
		packets += n->other[i].packets;
	return packets;
}

static void put_others(struct json *w, const struct tally *n)
{
	if (!n_others(n))
		return;
	json_open(w, "other_sites", '[');
	for (int i = WB_LAYER_NONE + 1; i < WB_LAYER_MAX; i++) {
		if (!n->other[i].packets)
			continue;
		json_open(w, NULL, '{');
		json_text(w, "layer", layer_name(i));
		json_unsigned(w, "packets", n->other[i].packets);
		json_unsigned(w, "bytes", n->other[i].bytes);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void layers_json(struct text *t, const struct tally *n, enum tally_by by, uint64_t interval_ns,
		 bool final)
{
	struct json w = {.out = t};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "drops");
	if (n->until_ns)
		json_unsigned(&w, "ts_ns", n->until_ns);
	json_unsigned(&w, "interval_ns", interval_ns);
	if (final)
		json_bool(&w, "final", true);
	if (n->drops_only) {
		json_bool(&w, "drops_only", true);
	} else {
		json_unsigned(&w, "seen", n->seen);
		json_unsigned(&w, "delivered", n->outcomes[OUTCOME_DELIVERED]);
		json_unsigned(&w, "transmitted", n->outcomes[OUTCOME_TRANSMITTED]);
	}
	if (n->drops_only_ns) {
		json_unsigned(&w, "drops_only_ns", n->drops_only_ns);
		json_unsigned(&w, "budget_percent", n->budget);
	}
	json_open(&w, "dropped", '{');
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++)
		json_unsigned(&w, layer_name(l), n->dropped[l]);
	json_close(&w, '}');
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && !n->drops_only; i++)
		json_unsigned(&w, outcome_name(others[i]), n->outcomes[others[i]]);
	json_unsigned(&w, "benign", n->outcomes[OUTCOME_BENIGN]);
	json_unsigned(&w, "lost_events", n->lost_events);
	json_open(&w, "sites", '[');
	for (size_t i = 0; i < n->n_sites; i++)
		if (n->sites[i].packets)
			put_site(&w, &n->sites[i], interval_ns);
	json_close(&w, ']');
	put_unseen(&w, n);
	put_groups(&w, n, by);
	put_others(&w, n);
	json_close(&w, '}');
	text_put(t, "\n", 1);
}

/* The rest of a line that began at byte from, cut at the width of the table. */
static void cut(struct text *t, size_t from)
{
	if (t->n <= from + WIDTH)
		return;
	t->n = from + WIDTH - 3;
	while (t->n > from && (t->s[t->n] & 0xc0) == 0x80) /* not within a character */
		t->n--;
	text_put(t, "...", 3);
}

static void put_cost(struct text *t, uint64_t ns)
{
	if (ns < 1000000)
		text_printf(t, "%.1fus", ns / 1e3);
	else
		text_printf(t, "%.1fms", ns / 1e6);
}

static void text_row(struct text *t, uint64_t packets, uint64_t all, uint64_t ns)
{
	text_printf(t, "%10" PRIu64 " %9.0f %3.0f%%  ", packets, ns ? packets * 1e9 / ns : 0.0,
		    all ? 100.0 * packets / all : 0.0);
}

/* Who decided, and where: the second line of a site, and of a rule its text as the third. */
static void text_who(struct text *t, const struct tally_site *s)
{
	const char *rule =
		s->decider && !s->decider->n_candidates ? decider_text(s->decider, "rule") : NULL;
	size_t line = t->n;
	char words[256];

	text_printf(t, "%*s", INDENT, "");
	if (s->at.netns[0]) {
		text_escaped(t, s->at.netns);
		text_put(t, " ", 1);
	}
	text_escaped(t, s->at.dev);
	if (s->timed) {
		text_put(t, " ", 1);
		put_cost(t, s->cost_ns / s->timed);
	}
	if (s->decider) {
		if (s->program_ns)
			text_printf(t, ", %" PRIu64 "ns of it in ", s->program_ns);
		else
			text_printf(t, ": %s",
				    s->decider->n_candidates ? "one of several, as " : "");
		text_escaped(t, decider_words(s->decider, words, sizeof(words)));
	} else if (s->mixed) {
		text_printf(t, ": too many different packets to say who decided");
	}
	cut(t, line);
	text_put(t, "\n", 1);
	if (!rule)
		return;
	line = t->n;
	text_printf(t, "%*s", INDENT + 2, "");
	text_escaped(t, rule);
	cut(t, line);
	text_put(t, "\n", 1);
}

static void text_site(struct text *t, const struct tally_site *s, uint64_t all, uint64_t ns)
{
	size_t line = t->n;

	text_row(t, s->packets, all, ns);
	text_printf(t, "%-9s ", layer_name(s->layer));
	text_printf(t, "%-15s ", station_name(s->station));
	text_printf(t, "%s", s->reason);
	cut(t, line);
	text_put(t, "\n", 1);
	text_who(t, s);
	if (!s->check.has)
		return;
	line = t->n;
	text_printf(t, "%*s%s: %" PRIu64 ", %s", INDENT, "", s->check.counter, s->check.delta,
		    !s->check.agrees ? "DIFFERS"
		    : s->early || s->late != s->packets
			    ? "agrees, as near as can be read under load"
			    : "agrees");
	cut(t, line);
	text_put(t, "\n", 1);
}

static void text_saving(struct text *t, const struct tally_site *s, uint64_t ns)
{
	int64_t saves = saving_permille(s, ns);

	if (saves < SAVING_WORTH || !s->packets)
		return;
	text_printf(t, "  to drop at XDP on ");
	text_escaped(t, s->at.dev[0] ? s->at.dev : "the device");
	text_printf(t, " what ");
	text_escaped(t, s->decider_name);
	text_printf(t,
		    " drops\n    saves up to %" PRId64 ".%" PRId64 " %% of one CPU: ", saves / 10,
		    saves % 10);
	text_printf(t, "%.0f packets/s x ", s->packets * 1e9 / ns);
	put_cost(t, s->here_ns / s->timed);
	text_printf(t, " each\n    (from receipt to drop, with these probes on; "
		       "the XDP program's time comes off)\n");
}

static void text_groups(struct text *t, const struct tally *n, enum tally_by by, uint64_t all,
			uint64_t ns)
{
	struct tally_group *g;
	size_t n_groups, line;

	if (tally_group(n, by, &g, &n_groups))
		return;
	text_printf(t, "%10s %9s %4s  %9s  by %s\n", "packets", "per s", "", "cost",
		    tally_by_text(by));
	for (size_t i = 0; i < n_groups; i++) {
		line = t->n;
		text_row(t, g[i].packets, all, ns);
		put_cost(t, g[i].timed ? g[i].cost_ns / g[i].timed : 0);
		text_pad(t, line, 37);
		text_escaped(t, g[i].name[0] ? g[i].name : "-");
		cut(t, line);
		text_put(t, "\n", 1);
	}
	free(g);
}

/* They are in no sum: how many of them are packets that were counted elsewhere is not known. */
static void text_unseen(struct text *t, const struct tally *n, uint64_t ns)
{
	if (n->n_unseen)
		text_printf(t, "  seen by a counter only, and in none of these layers:\n");
	for (size_t i = 0; i < n->n_unseen; i++) {
		const struct tally_unseen *u = &n->unseen[i];
		size_t line = t->n;

		text_printf(t, "%10" PRIu64 " %9.0f       ", u->packets,
			    ns ? u->packets * 1e9 / ns : 0.0);
		if (u->at.netns[0]) {
			text_escaped(t, u->at.netns);
			text_put(t, " ", 1);
		}
		if (u->at.dev[0]) {
			text_escaped(t, u->at.dev);
			text_put(t, " ", 1);
		}
		text_escaped(t, u->counter);
		cut(t, line);
		text_put(t, "\n", 1);
	}
}

static uint64_t tally_head(struct text *t, const struct tally *n, uint64_t ns, bool final)
{
	uint64_t all = 0;

	if (n->until_ns && !final) {
		text_wall(t, n->until_ns, &(struct sink_opts){0});
		t->n -= FRACTION;
		text_put(t, "  ", 2);
	}
	text_printf(t, "%s %.1f s: ", final ? "whole run," : "last", ns / 1e9);
	if (n->drops_only)
		text_printf(t, "only drops were looked at");
	else
		text_printf(t, "seen %" PRIu64 ", delivered %" PRIu64 ", transmitted %" PRIu64,
			    n->seen, n->outcomes[OUTCOME_DELIVERED],
			    n->outcomes[OUTCOME_TRANSMITTED]);
	text_printf(t, ", benign %" PRIu64 "\n ", n->outcomes[OUTCOME_BENIGN]);
	if (n->drops_only_ns)
		text_printf(t,
			    " only drops were looked at for %.1f s of it: to follow all "
			    "packets takes more\n  than --budget %u percent of a CPU\n ",
			    n->drops_only_ns / 1e9, n->budget);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (n->outcomes[others[i]])
			text_printf(t, " %s %" PRIu64 ",", outcome_name(others[i]),
				    n->outcomes[others[i]]);
	text_printf(t, " lost events %" PRIu64 "\n  dropped:", n->lost_events);
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++) {
		all += n->dropped[l];
		if (n->dropped[l])
			text_printf(t, " %s %" PRIu64, layer_name(l), n->dropped[l]);
	}
	text_printf(t, all ? "\n" : " nothing\n");
	return all;
}

void layers_text(struct text *t, const struct tally *n, enum tally_by by, uint64_t interval_ns,
		 bool final)
{
	uint64_t all = tally_head(t, n, interval_ns, final);

	if (by && all)
		text_groups(t, n, by, all, interval_ns);
	if (!by && all)
		text_printf(t, "%10s %9s %4s  %-9s %-15s %s\n", "packets", "per s", "", "layer",
			    "station", "reason");
	for (size_t i = 0; i < n->n_sites && !by; i++)
		if (n->sites[i].packets)
			text_site(t, &n->sites[i], all, interval_ns);
	text_unseen(t, n, interval_ns);
	if (n_others(n))
		text_printf(t,
			    "  %" PRIu64 " more at sites that made room for others, having been "
			    "silent for longest\n",
			    n_others(n));
	/* once, of all that was counted: what an interval says changes with each of them */
	for (size_t i = 0; i < n->n_sites && final; i++)
		text_saving(t, &n->sites[i], interval_ns);
	text_put(t, "\n", 1);
}
