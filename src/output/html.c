/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of report around its parts: head, numbers, layers as bars, causes. */
#include "output/html.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "output/text_step.h"
#include "util/foreign.h"

#define CAUSES_MAX  256
#define CAUSES_TOLD 20

void html_put(struct text *t, const char *s)
{
	foreign_put(t, FOREIGN_HTML, s);
}

static void put_number(struct text *t, const char *class, const char *name, uint64_t n)
{
	text_printf(t, "<div class=\"card\"><b class=\"%s\">%" PRIu64 "</b>%s</div>\n", class, n,
		    name);
}

static void put_numbers(struct text *t, const struct html_page *p)
{
	uint64_t all = 0;

	for (int i = 0; i < OUTCOME_MAX; i++)
		all += i == OUTCOME_BENIGN ? 0 : p->sum->journeys[i];
	text_printf(t, "<div class=\"cards\">\n");
	put_number(t, "", all == 1 ? "journey" : "journeys", all);
	for (int i = 0; i < OUTCOME_MAX; i++) {
		bool bad = i == OUTCOME_DROPPED || i == OUTCOME_NEVER_SENT;

		if (p->sum->journeys[i])
			put_number(t, bad ? "red" : "",
				   i == OUTCOME_NEVER_SENT ? "never sent"
				   : i == OUTCOME_BENIGN   ? "harmless ends"
							   : outcome_name(i),
				   p->sum->journeys[i]);
	}
	put_number(t, p->sum->lost_events ? "red" : "", "events lost", p->sum->lost_events);
	text_printf(t, "</div>\n");
}

void html_layers(struct text *t, const struct tally *n)
{
	uint64_t most = 0;

	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++)
		most = n->dropped[l] > most ? n->dropped[l] : most;
	if (!most) {
		text_printf(t, "<p>No packet died.</p>\n");
		return;
	}
	text_printf(t, "<table class=\"layers\">\n");
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++) {
		text_printf(t, "<tr><td>%s</td><td class=\"n\">%" PRIu64 "</td><td class=\"bar\">",
			    layer_name(l), n->dropped[l]);
		if (n->dropped[l])
			text_printf(t, "<span style=\"width:%.1f%%\"></span>",
				    100.0 * n->dropped[l] / most);
		text_printf(t, "</td></tr>\n");
	}
	text_printf(t, "</table>\n");
}

static bool is_cause(const struct html_cause *c, const struct journey *j, const char *who)
{
	return c->layer == j->drop.layer && c->station == j->drop.station &&
	       !strcmp(c->reason, j->drop.reason) && !strcmp(c->who, who) &&
	       !strcmp(c->netns, j->drop.at.netns);
}

int html_causes_add(struct html_causes *c, const struct journey *j)
{
	const struct decider *d = j->drop.decider;
	const char *rule = d && !d->n_candidates ? decider_text(d, "rule") : NULL;
	struct html_cause *more;
	char who[160] = "";

	if (j->outcome != OUTCOME_DROPPED)
		return 0;
	if (j->drop.decider)
		decider_name(j->drop.decider, who, sizeof(who));
	for (size_t i = 0; i < c->n; i++)
		if (is_cause(&c->all[i], j, who)) {
			c->all[i].n++;
			return 0;
		}
	if (c->n == CAUSES_MAX) {
		c->others++;
		return 0;
	}
	more = realloc(c->all, (c->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	c->all = more;
	more += c->n++;
	*more = (struct html_cause){
		.layer = j->drop.layer, .station = j->drop.station, .n = 1, .first = j->number};
	snprintf(more->reason, sizeof(more->reason), "%s", j->drop.reason);
	snprintf(more->who, sizeof(more->who), "%s", who);
	snprintf(more->rule, sizeof(more->rule), "%s", rule ? rule : "");
	snprintf(more->why, sizeof(more->why), "%s", j->why);
	snprintf(more->next, sizeof(more->next), "%s", j->next);
	snprintf(more->netns, sizeof(more->netns), "%s", j->drop.at.netns);
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct html_cause *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n ? 1 : -1) : x->first < y->first ? -1 : 1;
}

static void put_cause(struct text *t, const struct html_cause *c)
{
	text_printf(t, "<div class=\"cause\"><p><b>%" PRIu64 " packet%s</b> died at %s (layer %s)",
		    c->n, c->n == 1 ? "" : "s", station_name(c->station), layer_name(c->layer));
	if (c->netns[0]) {
		text_printf(t, " in ");
		html_put(t, c->netns);
	}
	text_printf(t, " <span class=\"dim\">[");
	html_put(t, c->reason);
	text_printf(t, "]</span>");
	if (c->who[0]) {
		text_printf(t, ": ");
		html_put(t, c->who);
	}
	text_printf(t, ", first <a href=\"#j%" PRIu64 "\">#%" PRIu64 "</a></p>\n", c->first,
		    c->first);
	if (c->rule[0]) {
		text_printf(t, "<p><code>");
		html_put(t, c->rule);
		text_printf(t, "</code></p>\n");
	}
	if (c->why[0]) {
		text_printf(t, "<p>");
		html_put(t, c->why);
		text_printf(t, "</p>\n");
	}
	if (c->next[0]) {
		text_printf(t, "<p><code>");
		html_put(t, c->next);
		text_printf(t, "</code></p>\n");
	}
	text_printf(t, "</div>\n");
}

void html_causes_put(struct text *t, struct html_causes *c)
{
	uint64_t others = c->others;

	if (c->n)
		qsort(c->all, c->n, sizeof(*c->all), by_count);
	for (size_t i = 0; i < c->n; i++) {
		if (i < CAUSES_TOLD)
			put_cause(t, &c->all[i]);
		else
			others += c->all[i].n;
	}
	if (others)
		text_printf(t, "<p class=\"dim\">%" PRIu64 " more died for other causes.</p>\n",
			    others);
}

void html_causes_clear(struct html_causes *c)
{
	free(c->all);
	*c = (struct html_causes){0};
}

static void put_head(struct text *t, const struct html_page *p)
{
	text_printf(t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		       "'none'; style-src 'unsafe-inline'; script-src '");
	text_put(t, html_script_hash, strlen(html_script_hash));
	text_printf(t, "'; base-uri 'none'; form-action 'none'\">\n<title>waybill: ");
	html_put(t, p->title);
	text_printf(t, "</title>\n<style>\n");
	text_put(t, html_style, strlen(html_style));
	text_printf(t, "</style>\n</head>\n<body>\n<h1>waybill: ");
	html_put(t, p->title);
	text_printf(t, "</h1>\n<p class=\"dim\">");
}

static void put_about(struct text *t, const struct html_page *p)
{
	const struct sink_opts date = {.time = WALL_DATE}, time = {.time = WALL_LOCAL};

	if (p->first_ns) {
		text_wall(t, p->first_ns, &date);
		text_printf(t, " to ");
		text_wall(t, p->last_ns, &time);
		text_printf(t, "; ");
	}
	text_printf(t, "recorded by waybill ");
	html_put(t, p->version);
	text_printf(t, " on kernel ");
	html_put(t, p->kernel);
	text_printf(t, ", mode ");
	html_put(t, p->mode);
	text_printf(t, "</p>\n");
}

static void put_part(struct text *t, const char *title, const struct text *part, uint64_t hidden,
		     const char *what)
{
	text_printf(t, "<h2>%s</h2>\n", title);
	if (part->n)
		text_put(t, part->s, part->n);
	else
		text_printf(t, "<p class=\"dim\">None.</p>\n");
	if (hidden)
		text_printf(t,
			    "<p class=\"dim\">%" PRIu64 " more %s are counted above, and not "
			    "written here; a filter chooses.</p>\n",
			    hidden, what);
}

void html_page_put(struct text *t, const struct html_page *p)
{
	put_head(t, p);
	put_about(t, p);
	put_numbers(t, p);
	text_printf(t, "<h2>Where packets went</h2>\n<p class=\"dim\">A row is a network "
		       "namespace, a box a station: its bar says how many of all came there, its "
		       "red part how many died there. Lines are as thick as many went that "
		       "way.</p>\n");
	html_path_put(t, p->path);
	text_printf(t, "<h2>Where they died</h2>\n");
	html_layers(t, p->tally);
	if (p->causes->n) {
		text_printf(t, "<h2>Why</h2>\n");
		html_causes_put(t, p->causes);
	}
	text_printf(t, "<input id=\"search\" type=\"search\" hidden placeholder=\"search in "
		       "conversations and journeys\" aria-label=\"search\">\n");
	put_part(t, "Conversations", p->flows, p->flows_hidden, "conversations");
	put_part(t, "Journeys", p->journeys, p->journeys_hidden, "journeys");
	text_printf(t, "<script>");
	text_put(t, html_script, strlen(html_script));
	text_printf(t, "</script>\n</body>\n</html>\n");
}
