/* SPDX-License-Identifier: GPL-2.0-only */
/* See flow_sink.h. What a conversation is, src/flows/ says; how it is written, output/flow_lines.h.
 */
#include "cmd/flow_sink.h"

#include <errno.h>
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

static int put_out(struct flow_sink *s)
{
	int r = 0;

	if (s->out.n && fwrite(s->out.s, 1, s->out.n, s->sink.o.out) != s->out.n)
		r = -(errno ? errno : EIO);
	text_reset(&s->out);
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
	struct flow_sink *s = (struct flow_sink *)sink;
	int r = flows_journey(s->flows, j);

	return r ? r : put_out(s);
}

static int on_tick(struct sink *sink, uint64_t wall_ns)
{
	struct flow_sink *s = (struct flow_sink *)sink;

	if (!s->json || wall_ns < s->next_ns || wall_ns == UINT64_MAX)
		return 0;
	s->next_ns = wall_ns + s->interval_ns;
	flows_each(s->flows, put_flow, s);
	return put_out(s);
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct flow_sink *s = (struct flow_sink *)sink;
	int r;

	s->final = true;
	flows_each(s->flows, put_flow, s);
	r = put_out(s);
	return r || !s->text ? r : s->text->ops->summary(s->text, sum);
}

static void on_free(struct sink *sink)
{
	struct flow_sink *s = (struct flow_sink *)sink;

	if (s->text)
		s->text->ops->free(s->text);
	flows_free(s->flows);
	text_free(&s->out);
	free(s);
}

static const struct sink_ops ops = {on_start, on_journey, on_tick, on_summary, on_free};

struct sink *sink_flows_new(const struct sink_opts *o, bool json, bool quiet, uint64_t interval_ns)
{
	struct flow_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink.ops = &ops;
	s->sink.o = *o;
	s->out.ascii = o->ascii;
	s->json = json;
	s->interval_ns = interval_ns;
	s->flows = flows_new(put_gone, s);
	s->text = quiet ? NULL : sink_text_new(o);
	if (s->flows && (s->text || quiet))
		return &s->sink;
	on_free(&s->sink);
	return NULL;
}
