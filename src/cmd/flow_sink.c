/* SPDX-License-Identifier: GPL-2.0-only */
/* See flow_sink.h. What a conversation is, src/flows/ says; how it is written, output/flow_lines.h.
 */
#include "cmd/flow_sink.h"

#include <stdlib.h>

#include "flows/flows.h"
#include "output/flow_lines.h"

struct flow_sink {
	struct sink sink;
	struct sink *text; /* for its summary */
	struct flows *flows;
	struct text out;
	bool json, final;
	uint64_t interval_ns, next_ns;
	uint64_t slowest;
	struct flow **sorted; /* owned: for slowest */
	size_t n_sorted;
};

static void put_flow(void *arg, struct flow *f)
{
	struct flow_sink *s = arg;

	if (!f->changed && !s->final)
		return;
	f->changed = false;
	if (s->json)
		flow_json(&s->out, f, s->final);
	else
		flow_text(&s->out, f, s->final);
}

/* There is no room for it any more. */
static void put_gone(void *arg, struct flow *f)
{
	struct flow_sink *s = arg;

	s->final = true;
	put_flow(s, f);
	s->final = false;
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct flow_sink *s = (struct flow_sink *)sink;
	int r = flows_journey(s->flows, j);

	return r ? r : sink_put(&s->sink, &s->out);
}

static int on_tick(struct sink *sink, uint64_t wall_ns)
{
	struct flow_sink *s = (struct flow_sink *)sink;

	if (!s->json || s->slowest || wall_ns < s->next_ns || wall_ns == UINT64_MAX)
		return 0;
	s->next_ns = wall_ns + s->interval_ns;
	flows_each(s->flows, put_flow, s);
	return sink_put(&s->sink, &s->out);
}

static void collect(void *arg, struct flow *f)
{
	struct flow_sink *s = arg;

	if (s->sorted)
		s->sorted[s->n_sorted++] = f;
}

static int by_time(const void *a, const void *b)
{
	const struct flow *x = *(struct flow *const *)a, *y = *(struct flow *const *)b;
	uint64_t p = x->last_ns - x->first_ns, q = y->last_ns - y->first_ns;

	return p < q ? 1 : p > q ? -1 : x->first_ns < y->first_ns ? -1 : 1;
}

static void put_slowest(struct flow_sink *s)
{
	s->sorted = calloc(FLOWS_MAX, sizeof(struct flow *));
	flows_each(s->flows, collect, s);
	if (s->n_sorted)
		qsort(s->sorted, s->n_sorted, sizeof(struct flow *), by_time);
	for (size_t i = 0; i < s->n_sorted && i < s->slowest; i++)
		put_flow(s, s->sorted[i]);
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct flow_sink *s = (struct flow_sink *)sink;
	int r;

	s->final = true;
	if (s->slowest)
		put_slowest(s);
	else
		flows_each(s->flows, put_flow, s);
	r = sink_put(&s->sink, &s->out);
	return r ? r : sink_summary(s->text, sum);
}

static void on_free(struct sink *sink)
{
	struct flow_sink *s = (struct flow_sink *)sink;

	sink_free(s->text);
	flows_free(s->flows);
	free(s->sorted);
	text_free(&s->out);
	free(s);
}

static const struct sink_ops ops = {
	.journey = on_journey, .tick = on_tick, .summary = on_summary, .free = on_free};

struct sink *sink_flows_new(const struct sink_opts *o, bool json, uint64_t interval_ns,
			    uint64_t slowest)
{
	struct flow_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink.ops = &ops;
	s->sink.o = *o;
	s->out.ascii = o->ascii;
	s->json = json;
	s->interval_ns = interval_ns;
	s->slowest = slowest;
	s->flows = flows_new(put_gone, s);
	s->text = sink_text_new(o);
	if (s->flows && s->text)
		return &s->sink;
	on_free(&s->sink);
	return NULL;
}
