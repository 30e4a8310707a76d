/* SPDX-License-Identifier: GPL-2.0-only */
/* See latency_lines.h. */
#include "output/latency_lines.h"

#include <inttypes.h>

#include "output/put.h"
#include "output/text_step.h"
#include "util/foreign.h"

#define BAR_WIDTH 40

static void put_bound(struct text *t, uint64_t ns)
{
	if (ns < 1000)
		text_printf(t, "%" PRIu64 "ns", ns);
	else if (ns < 1000000)
		text_printf(t, "%.0fus", ns / 1e3);
	else if (ns < 1000000000)
		text_printf(t, "%.0fms", ns / 1e6);
	else
		text_printf(t, "%.0fs", ns / 1e9);
}

static void put_head(struct text *t, const struct latency_leg *g)
{
	text_printf(t, "%s > %s", station_name(g->from), station_name(g->to));
	if (g->at.dev[0]) {
		text_put(t, " ", 1);
		text_escaped(t, g->at.dev);
	}
	if (g->at.netns[0]) {
		text_printf(t, " in ");
		text_escaped(t, g->at.netns);
	}
	text_printf(t, ": %" PRIu64 " packet%s, half within ", g->n, g->n == 1 ? "" : "s");
	text_duration(t, latency_percentile(g, 50));
	text_printf(t, ", 99 %% within ");
	text_duration(t, latency_percentile(g, 99));
	text_printf(t, ", worst ");
	text_duration(t, g->max_ns);
	text_put(t, "\n", 1);
}

static void put_bucket(struct text *t, const struct latency_leg *g, size_t i, uint64_t most)
{
	uint64_t n = g->buckets[i];
	unsigned width = (n * BAR_WIDTH + most - 1) / most;
	size_t start = t->n;

	text_printf(t, "  %s ", i + 1 < LATENCY_BUCKETS ? "<" : ">=");
	put_bound(t, latency_bound(i + 1 < LATENCY_BUCKETS ? i : i - 1));
	text_pad(t, start, 12);
	text_printf(t, "%10" PRIu64 "  ", n);
	for (unsigned k = 0; k < width; k++)
		text_put(t, "#", 1);
	while (t->s[t->n - 1] == ' ')
		t->n--;
	text_put(t, "\n", 1);
}

static void put_leg(struct text *t, const struct latency_leg *g)
{
	size_t first = LATENCY_BUCKETS, last = 0;
	uint64_t most = 1;

	put_head(t, g);
	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		if (!g->buckets[i])
			continue;
		first = first < i ? first : i;
		last = i;
		most = g->buckets[i] > most ? g->buckets[i] : most;
	}
	for (size_t i = first; i <= last; i++)
		put_bucket(t, g, i, most);
	text_put(t, "\n", 1);
}

void latency_text(struct text *t, const struct latency *l)
{
	for (size_t i = 0; i < l->n; i++)
		put_leg(t, &l->legs[i]);
	if (l->others)
		text_printf(t, "%" PRIu64 " times more, of legs that were too many to keep\n",
			    l->others);
}

static void json_leg(struct text *t, const struct latency_leg *g)
{
	struct json w = {.out = t};

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "latency");
	json_text(&w, "from", station_name(g->from));
	json_text(&w, "to", station_name(g->to));
	json_put_place(&w, &g->at);
	json_unsigned(&w, "n", g->n);
	json_unsigned(&w, "p50_ns", latency_percentile(g, 50));
	json_unsigned(&w, "p99_ns", latency_percentile(g, 99));
	json_unsigned(&w, "max_ns", g->max_ns);
	json_unsigned(&w, "sum_ns", g->sum_ns);
	json_open(&w, "buckets", '[');
	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		if (!g->buckets[i])
			continue;
		json_open(&w, NULL, '{');
		if (i + 1 < LATENCY_BUCKETS)
			json_unsigned(&w, "below_ns", latency_bound(i));
		json_unsigned(&w, "n", g->buckets[i]);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_close(&w, '}');
	text_put(t, "\n", 1);
}

void latency_json(struct text *t, const struct latency *l)
{
	for (size_t i = 0; i < l->n; i++)
		json_leg(t, &l->legs[i]);
}
