/* SPDX-License-Identifier: GPL-2.0-only */
/* See diff_lines.h: a line a station, '|' where it differs, '<' and '>' where only one was. */
#include "output/diff_lines.h"

#include "output/put.h"
#include "output/text_step.h"
#include "util/foreign.h"

#define COLUMN_STATION 30
#define COLUMN_VALUE   32
#define COLUMN_FATE    68

static const char *const names[] = {"A", "B"};

static char mark_of(const struct diff_row *row)
{
	return !row->b ? '<' : !row->a ? '>' : row->n ? '|' : ' ';
}

static void put_time(struct text *t, const struct step *s)
{
	struct text time = {0};

	if (s)
		text_duration(&time, s->dt_ns);
	text_printf(t, "%13s", time.n ? time.s : "");
	text_free(&time);
}

static void put_value(struct text *t, const char *what, int side, const char *value,
		      const struct sink_opts *o)
{
	struct text escaped = {.ascii = t->ascii};
	size_t start = t->n;

	text_printf(t, "%14s%s", "", what);
	text_pad(t, start, COLUMN_VALUE);
	text_printf(t, "%s  ", names[side]);
	text_escaped(&escaped, value[0] ? value : "-");
	text_wrapped(t, escaped.s, COLUMN_VALUE + 3, COLUMN_VALUE + 3, o->lines_fit ? o->width : 0);
	text_put(t, "\n", 1);
	text_free(&escaped);
}

static void put_item(struct text *t, const struct diff_item *item, const struct sink_opts *o)
{
	put_value(t, diff_what_name(item->what), 0, item->a, o);
	put_value(t, "", 1, item->b, o);
}

/* What became of it there, behind the place. */
static void put_alone(struct text *t, const struct step *s, size_t start)
{
	char words[160];

	if (!s->verdict && !s->decider)
		return;
	text_pad(t, start, COLUMN_FATE);
	text_printf(t, "%s", verdict_name(s->verdict));
	if (!s->decider)
		return;
	text_printf(t, s->verdict ? ", by " : "by ");
	text_escaped(t, decider_words(s->decider, words, sizeof(words)));
}

static void put_row(struct text *t, const struct diff *d, const struct diff_row *row,
		    const struct sink_opts *o)
{
	size_t start = t->n;

	put_time(t, row->a);
	put_time(t, row->b);
	text_printf(t, "  %c", mark_of(row));
	text_pad(t, start, COLUMN_STATION);
	text_place(t, row->a ? row->a : row->b, o);
	if (!row->a || !row->b)
		put_alone(t, row->a ? row->a : row->b, start);
	if (o->lines_fit)
		text_cut(t, start, o->width);
	text_put(t, "\n", 1);
	for (size_t i = 0; i < row->n; i++)
		put_item(t, &d->items[row->first + i], o);
}

static void put_head(struct text *t, const struct journey *j, const struct diff_side *side,
		     int which, const struct sink_opts *o)
{
	text_printf(t, "%s  ", names[which]);
	text_brief(t, j, o);
	if (!side->all)
		return;
	text_printf(t, "   typical of %llu of the %llu journeys of '",
		    (unsigned long long)side->alike, (unsigned long long)side->all);
	text_escaped(t, side->what[0] ? side->what : "all");
	text_put(t, "'\n", 2);
}

/* What one of them did there: "accept", "drop, by nft inet f fw handle 2", "was not there". */
static void put_fate(struct text *t, const struct step *s)
{
	char words[160];

	if (!s) {
		text_printf(t, "was not there");
		return;
	}
	text_printf(t, "%s", s->verdict ? verdict_name(s->verdict) : "went on");
	if (!s->decider)
		return;
	text_printf(t, s->decider->n_candidates ? ", perhaps by " : ", by ");
	text_escaped(t, decider_words(s->decider, words, sizeof(words)));
}

/* The last thing in which they differ before their ways part, and may part for it. */
static const struct diff_item *cause(const struct diff *d, const struct diff_row **ret_row)
{
	for (size_t i = d->parts; i-- > 0;)
		for (size_t k = d->rows[i].n; k-- > 0;) {
			const struct diff_item *item = &d->items[d->rows[i].first + k];

			if (!diff_what_matters(item->what))
				continue;
			*ret_row = &d->rows[i];
			return item;
		}
	return NULL;
}

static void put_parting(struct text *t, const struct diff *d)
{
	const struct diff_row *row, *before;
	const struct diff_item *item;

	if (d->parts == d->n_rows) {
		text_printf(t,
			    "  same  both went the same way: %zu stations, %zu of them alike in "
			    "all that is compared\n",
			    d->n_rows, d->same);
		return;
	}
	row = &d->rows[d->parts];
	text_printf(t, "  part  at %s", station_name((row->a ? row->a : row->b)->station));
	if ((row->a ? row->a : row->b)->at.netns[0]) {
		text_put(t, " in ", 4);
		text_escaped(t, (row->a ? row->a : row->b)->at.netns);
	}
	text_put(t, ": A ", 4);
	put_fate(t, row->a);
	text_put(t, "; B ", 4);
	put_fate(t, row->b);
	text_put(t, "\n", 1);
	item = cause(d, &before);
	if (item) {
		text_printf(t, "  first the %s differs, at %s: A ", diff_what_name(item->what),
			    station_name(before->a->station));
		text_escaped(t, item->a[0] ? item->a : "none");
		text_put(t, "; B ", 4);
		text_escaped(t, item->b[0] ? item->b : "none");
		text_put(t, "\n", 1);
	}
}

static void put_advice(struct text *t, const struct journey *j, int which,
		       const struct sink_opts *o)
{
	struct text why = {.ascii = t->ascii};

	if (!j->why[0])
		return;
	text_escaped(&why, j->why);
	text_printf(t, "  why %s ", names[which]);
	text_wrapped(t, why.s, 8, 8, o->lines_fit ? o->width : 0);
	text_put(t, "\n", 1);
	if (j->next[0])
		text_printf(t, "  next  %s\n", j->next);
	text_free(&why);
}

void diff_text(struct text *t, const struct diff *d, const struct diff_side sides[2],
	       const struct sink_opts *o)
{
	size_t start;

	put_head(t, d->a, &sides[0], 0, o);
	put_head(t, d->b, &sides[1], 1, o);
	for (size_t i = 0; i < d->n_packet; i++)
		put_item(t, &d->items[i], o);
	start = t->n;
	text_printf(t, "%13s%13s", names[0], names[1]);
	text_pad(t, start, COLUMN_STATION);
	text_printf(t, "'|' differs, '<' only A, '>' only B\n");
	for (size_t i = 0; i < d->n_rows; i++)
		put_row(t, d, &d->rows[i], o);
	put_parting(t, d);
	put_advice(t, d->a, 0, o);
	put_advice(t, d->b, 1, o);
}

static void json_side(struct json *w, const char *key, const struct journey *j,
		      const struct diff_side *side)
{
	json_open(w, key, '{');
	json_text(w, "selected_by", side->what);
	json_unsigned(w, "id", j->number);
	if (side->all) {
		json_unsigned(w, "alike", side->alike);
		json_unsigned(w, "all", side->all);
	}
	json_unsigned(w, "ts_ns", j->wall_ns);
	json_unsigned(w, "duration_ns", j->duration_ns);
	json_text(w, "outcome", outcome_name(j->outcome));
	if (j->has_drop)
		json_text(w, "reason", j->drop.reason);
	if (j->why[0])
		json_text(w, "why", j->why);
	if (j->next[0])
		json_text(w, "next", j->next);
	json_close(w, '}');
}

static void json_items(struct json *w, const struct diff *d, size_t first, size_t n)
{
	json_open(w, "differs", '[');
	for (size_t i = first; i < first + n; i++) {
		json_open(w, NULL, '{');
		json_text(w, "what", diff_what_name(d->items[i].what));
		if (d->items[i].a[0])
			json_text(w, "a", d->items[i].a);
		if (d->items[i].b[0])
			json_text(w, "b", d->items[i].b);
		json_close(w, '}');
	}
	json_close(w, ']');
}

static void json_step(struct json *w, const char *key, const struct step *s)
{
	if (!s)
		return;
	json_open(w, key, '{');
	json_unsigned(w, "dt_ns", s->dt_ns);
	json_put_place(w, &s->at);
	if (s->verdict)
		json_text(w, "verdict", verdict_name(s->verdict));
	json_put_decider(w, "decider", s->decider);
	json_close(w, '}');
}

static void json_row(struct json *w, const struct diff *d, const struct diff_row *row)
{
	json_open(w, NULL, '{');
	json_text(w, "station", station_name((row->a ? row->a : row->b)->station));
	json_text(w, "in", !row->b ? "a" : !row->a ? "b" : "both");
	json_step(w, "a", row->a);
	json_step(w, "b", row->b);
	json_items(w, d, row->first, row->n);
	json_close(w, '}');
}

void diff_json(struct text *t, const struct diff *d, const struct diff_side sides[2])
{
	struct json w = {.out = t};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "diff");
	json_side(&w, "a", d->a, &sides[0]);
	json_side(&w, "b", d->b, &sides[1]);
	json_unsigned(&w, "same", d->same);
	if (d->parts < d->n_rows)
		json_unsigned(&w, "parts", d->parts);
	json_items(&w, d, 0, d->n_packet);
	json_open(&w, "steps", '[');
	for (size_t i = 0; i < d->n_rows; i++)
		json_row(&w, d, &d->rows[i]);
	json_close(&w, ']');
	json_close(&w, '}');
	text_put(t, "\n", 1);
}
