/* SPDX-License-Identifier: GPL-2.0-only */
/* See latency_sink.h. How it is counted: model/latency.h; how it is written:
 * output/latency_lines.h. */
#include "cmd/latency_sink.h"

#include <errno.h>
#include <stdlib.h>

#include "model/latency.h"
#include "output/latency_lines.h"

struct latency_sink {
	struct sink sink;
	struct sink *rest;
	struct latency latency;
	bool json;
};

static int on_start(struct sink *sink, const struct sink_start *info)
{
	struct latency_sink *s = (struct latency_sink *)sink;

	return sink_start(s->rest, info);
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	return latency_add(&((struct latency_sink *)sink)->latency, j);
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct latency_sink *s = (struct latency_sink *)sink;
	struct text t = {.ascii = sink->o.ascii};
	int r = 0;

	if (s->json)
		latency_json(&t, &s->latency);
	else
		latency_text(&t, &s->latency);
	if (t.n && fwrite(t.s, 1, t.n, sink->o.out) != t.n)
		r = -(errno ? errno : EIO);
	text_free(&t);
	return r ? r : sink_summary(s->rest, sum);
}

static void on_free(struct sink *sink)
{
	struct latency_sink *s = (struct latency_sink *)sink;

	sink_free(s->rest);
	latency_clear(&s->latency);
	free(s);
}

static const struct sink_ops ops = {
	.start = on_start, .journey = on_journey, .summary = on_summary, .free = on_free};

struct sink *sink_latency_new(const struct sink_opts *o, bool json, struct sink *rest)
{
	struct latency_sink *s = calloc(1, sizeof(*s));

	if (!s) {
		sink_free(rest);
		return NULL;
	}
	s->sink.ops = &ops;
	s->sink.o = *o;
	s->json = json;
	s->rest = rest;
	return &s->sink;
}
