/* SPDX-License-Identifier: GPL-2.0-only */
/* Queueing disciplines, as tc lists them. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "host/listing.h"

static void copy_text(struct decider *d, const char *key, json_t *object, const char *from)
{
	const char *s = json_string_value(json_object_get(object, from));

	if (s)
		decider_set_text(d, key, s);
}

/* A limit other than the queue's own length, as the reason or the qdisc's counters tell it. */
static void add_cause(struct decider *d, const struct journey *j, json_t *q)
{
	static const struct {
		const char *reason, *cause;
	} rows[] = {
		{"FQ_FLOW_LIMIT", "its flow has reached the limit of a single flow (flow_limit)"},
		{"FQ_BAND_LIMIT", "the band of its priority is full"},
		{"FQ_HORIZON_LIMIT", "it was to leave too far in the future (horizon)"},
		{"CAKE_FLOOD", "its flow floods its share of the queue"},
		{"QDISC_CONGESTED", "it was dropped early, against congestion (AQM)"},
	};
	int64_t plimit = json_integer_value(json_object_get(q, "flows_plimit"));
	int64_t drops = json_integer_value(json_object_get(q, "drops"));

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].reason, j->drop.reason))
			decider_set_text(d, "cause", rows[i].cause);
	if (decider_text(d, "cause") || plimit <= 0)
		return;
	decider_set_text(d, "cause",
			 plimit >= drops ? rows[0].cause
					 : "the whole queue is full, or its flow has reached the "
					   "limit of a single flow (flow_limit)");
	decider_add_evidence(d, "%lld of %lld drops for flow_limit", (long long)plimit,
			     (long long)drops);
}

static struct decider *of_qdisc(const struct journey *j, json_t *q)
{
	struct decider *d = decider_new(DECIDER_QDISC);

	copy_text(d, "qdisc", q, "kind");
	copy_text(d, "handle", q, "handle");
	if (json_is_true(json_object_get(q, "root")))
		decider_set_text(d, "parent", "root");
	else
		copy_text(d, "parent", q, "parent");
	decider_set_text(d, "dev", j->drop.at.dev);
	decider_set_number(d, "drops", json_integer_value(json_object_get(q, "drops")));
	decider_set_number(d, "backlog", json_integer_value(json_object_get(q, "backlog")));
	add_cause(d, j, q);
	return d;
}

/* The qdisc of the device that has drops; of several the deepest, which is where packets are
 * dropped. */
struct decider *decide_qdisc(struct names *n, struct journey *j)
{
	struct decider *d = decide_carrier(n, j);
	json_t *list, *q, *best = NULL;
	size_t i;

	if (d)
		return d;
	list = names_ask_device(n, j->drop.at.netns_inum, HOST_ASK_qdiscs, j->drop.at.dev);
	if (!list)
		list_failed(j, "the device's queues");
	json_array_foreach(list, i, q)
	{
		if (json_integer_value(json_object_get(q, "drops")) > 0 || !best)
			best = q;
	}
	if (best &&
	    strcmp(listed_word(best, "kind"), "noqueue")) /* which keeps and drops nothing */
		d = of_qdisc(j, best);
	json_decref(list);
	return d;
}
