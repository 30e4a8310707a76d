/* SPDX-License-Identifier: GPL-2.0-only */
/* A tally as text and as JSON: two walks over one struct. */
#include "output/layers.h"

#include <inttypes.h>

#include "output/put.h"
#include "util/json.h"

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

static void put_site(struct json *w, const struct tally_site *s)
{
	json_open(w, NULL, '{');
	json_text(w, "layer", layer_name(s->layer));
	json_text(w, "station", station_name(s->station));
	json_text(w, "reason", s->reason);
	if (s->location[0])
		json_text(w, "location", s->location);
	if (s->at.netns[0])
		json_text(w, "netns", s->at.netns);
	if (s->at.netns_inum)
		json_unsigned(w, "netns_inum", s->at.netns_inum);
	if (s->at.dev[0])
		json_text(w, "dev", s->at.dev);
	json_put_decider(w, "decider", s->decider);
	json_unsigned(w, "packets", s->packets);
	json_unsigned(w, "bytes", s->bytes);
	json_unsigned(w, "cost_ns", s->packets ? s->cost_ns / s->packets : 0);
	put_check(w, &s->check);
	json_close(w, '}');
}

void layers_json(struct text *t, const struct tally *n, uint64_t interval_ns, bool final)
{
	struct json w = {.out = t};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "drops");
	json_unsigned(&w, "interval_ns", interval_ns);
	if (final)
		json_bool(&w, "final", true);
	json_unsigned(&w, "seen", n->seen);
	json_unsigned(&w, "delivered", n->outcomes[OUTCOME_DELIVERED]);
	json_unsigned(&w, "transmitted", n->outcomes[OUTCOME_TRANSMITTED]);
	json_open(&w, "dropped", '{');
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++)
		json_unsigned(&w, layer_name(l), n->dropped[l]);
	json_close(&w, '}');
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		json_unsigned(&w, outcome_name(others[i]), n->outcomes[others[i]]);
	json_unsigned(&w, "benign", n->outcomes[OUTCOME_BENIGN]);
	json_unsigned(&w, "lost_events", n->lost_events);
	json_open(&w, "sites", '[');
	for (size_t i = 0; i < n->n_sites; i++)
		put_site(&w, &n->sites[i]);
	json_close(&w, ']');
	if (n->crowded)
		json_bool(&w, "sites_incomplete", true);
	json_close(&w, '}');
	text_put(t, "\n", 1);
}

static void text_site(struct text *t, const struct tally_site *s)
{
	char words[200];
	size_t line = t->n;

	text_printf(t, "  %8" PRIu64 "  %s", s->packets, layer_name(s->layer));
	text_pad(t, line, 22);
	text_printf(t, "%s", station_name(s->station));
	text_pad(t, line, 42);
	text_printf(t, "%s ", s->reason);
	text_pad(t, line, 66);
	text_escaped(t, s->at.netns);
	text_put(t, " ", 1);
	text_escaped(t, s->at.dev);
	text_pad(t, line, 82);
	if (s->decider)
		text_escaped(t, decider_words(s->decider, words, sizeof(words)));
	text_put(t, "\n", 1);
	if (!s->check.has)
		return;
	text_printf(t, "%12s%s: %" PRIu64 ", %s\n", "", s->check.counter, s->check.delta,
		    s->check.agrees ? "agrees" : "DIFFERS");
}

void layers_text(struct text *t, const struct tally *n, uint64_t interval_ns, bool final)
{
	text_printf(t, "%s %.1f s: seen %" PRIu64 ", delivered %" PRIu64 ", transmitted %" PRIu64,
		    final ? "whole run," : "last", interval_ns / 1e9, n->seen,
		    n->outcomes[OUTCOME_DELIVERED], n->outcomes[OUTCOME_TRANSMITTED]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (n->outcomes[others[i]])
			text_printf(t, ", %s %" PRIu64, outcome_name(others[i]),
				    n->outcomes[others[i]]);
	text_printf(t, ", benign %" PRIu64 ", lost events %" PRIu64 "\n  dropped:",
		    n->outcomes[OUTCOME_BENIGN], n->lost_events);
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++)
		text_printf(t, " %s %" PRIu64, layer_name(l), n->dropped[l]);
	text_put(t, "\n", 1);
	for (size_t i = 0; i < n->n_sites; i++)
		text_site(t, &n->sites[i]);
	if (n->crowded)
		text_printf(t, "  more sites than are kept; the layers count them all\n");
	text_put(t, "\n", 1);
}
