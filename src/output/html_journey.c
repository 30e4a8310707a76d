/* SPDX-License-Identifier: GPL-2.0-only */
/* Journeys and conversations as parts of the page: folded up to a line, unfolded by a click. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "output/flow_lines.h"
#include "output/html.h"
#include "output/text_step.h"

/* Text of several lines: a newline is ours, and all else may be foreign. */
static void put_lines(struct text *t, struct text *lines)
{
	char *line = lines->n ? lines->s : "", *end;

	while ((end = strchr(line, '\n'))) {
		*end = 0;
		html_put(t, line);
		text_put(t, "\n", 1);
		line = end + 1;
	}
	html_put(t, line);
}

/* The same without the line's end. */
static void put_line(struct text *t, struct text *line)
{
	if (line->n && line->s[line->n - 1] == '\n')
		line->s[--line->n] = 0;
	put_lines(t, line);
}

void html_journey(struct text *t, const struct journey *j, const struct sink_opts *o)
{
	struct text line = {0}, whole = {0};

	text_brief(&line, j, o);
	journey_text(&whole, j, o);
	text_printf(t, "<details class=\"find %s\" id=\"j%" PRIu64 "\"><summary>",
		    outcome_name(j->outcome), j->number);
	put_line(t, &line);
	text_printf(t, "</summary><pre>");
	put_lines(t, &whole);
	text_printf(t, "</pre></details>\n");
	text_free(&line);
	text_free(&whole);
}

static void put_duration(struct text *t, uint64_t ns)
{
	text_printf(t, "<td class=\"n\">");
	text_duration(t, ns);
	text_printf(t, "</td>");
}

/* The legs of one way below each other, each where the one before it ends. */
static void put_legs(struct text *t, const struct flow *f, enum flow_way way)
{
	uint64_t all = 0, at = 0;

	for (size_t i = 0; i < f->n_legs; i++)
		all += f->legs[i].way == way ? flow_percentile(&f->legs[i], 50) : 0;
	if (!all)
		return;
	text_printf(t,
		    "<table class=\"legs\"><tr><th>%s</th><th class=\"n\">median</th>"
		    "<th class=\"n\">99 %%</th><th class=\"n\">worst</th><th></th></tr>\n",
		    way == WAY_AB ? "a to b" : "b to a");
	for (size_t i = 0; i < f->n_legs; i++) {
		const struct flow_leg *l = &f->legs[i];
		uint64_t median = l->way == way ? flow_percentile(l, 50) : 0;

		if (l->way != way)
			continue;
		text_printf(t, "<tr><td>%s to %s ", station_name(l->from), station_name(l->to));
		html_put(t, l->dev);
		text_printf(t, "</td>");
		put_duration(t, median);
		put_duration(t, flow_percentile(l, 99));
		put_duration(t, l->max_ns);
		text_printf(t,
			    "<td class=\"bar\"><span style=\"margin-left:%.1f%%;width:%.1f%%\">"
			    "</span></td></tr>\n",
			    100.0 * at / all, 100.0 * median / all);
		at += median;
	}
	text_printf(t, "</table>\n");
}

void html_flow(struct text *t, const struct flow *f)
{
	struct text whole = {0}, line = {0};
	const char *end;

	flow_text(&whole, f, true);
	end = whole.n ? strchr(whole.s, '\n') : NULL;
	if (!end)
		return;
	text_printf(&line, "%.*s; %" PRIu64 " packet%s, %" PRIu64 " back", (int)(end - whole.s),
		    whole.s, f->packets[WAY_AB], f->packets[WAY_AB] == 1 ? "" : "s",
		    f->packets[WAY_BA]);
	text_printf(t, "<details class=\"find%s\"><summary>", f->dropped ? " dropped" : "");
	put_line(t, &line);
	text_printf(t, "</summary>\n");
	put_legs(t, f, WAY_AB);
	put_legs(t, f, WAY_BA);
	text_printf(t, "<pre>");
	put_lines(t, &whole);
	text_printf(t, "</pre></details>\n");
	text_free(&whole);
	text_free(&line);
}
