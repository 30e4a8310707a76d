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

#define MAC_LEN 14

typedef bool (*refusal)(const struct journey *j, const json_t *q, char *cause, size_t size);

static bool never_fits(const struct journey *j, const json_t *q, char *cause, size_t size)
{
	int64_t burst = listed_number(json_object_get(q, "options"), "burst", 0);
	uint32_t len = journey_last_packet(j)->ip_len + MAC_LEN;

	snprintf(cause, size, "a packet of %u bytes never fits into its burst of %lld", len,
		 (long long)burst);
	return burst > 0 && j->segments <= 1 && len > burst;
}

static bool is_empty(const json_t *q)
{
	return listed_number(q, "backlog", -1) == 0;
}

static bool loses(const struct journey *j, const json_t *q, char *cause, size_t size)
{
	double loss = json_real_value(json_object_get(json_object_get(q, "options"), "loss"));

	(void)j;
	snprintf(cause, size, "it loses %.4g %% on purpose (loss)", loss * 100);
	return loss > 0 && is_empty(q);
}

static bool no_class(const struct journey *j, const json_t *q, char *cause, size_t size)
{
	(void)j;
	snprintf(cause, size,
		 "no filter puts it into one of its classes, as it seems, and it has "
		 "no default class");
	return is_empty(q) && !listed_number(json_object_get(q, "options"), "default", 0);
}

/* What refuses a packet however empty it is. */
static void cause_of_kind(struct decider *d, const struct journey *j, const json_t *q)
{
	static const struct {
		const char *kind;
		refusal refuses;
	} rows[] = {
		{"tbf", never_fits}, {"netem", loses},	{"hfsc", no_class},
		{"drr", no_class},   {"qfq", no_class},
	};
	char cause[128];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].kind, listed_word(q, "kind")) &&
		    rows[i].refuses(j, q, cause, sizeof(cause)))
			decider_set_text(d, "cause", cause);
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
	if (!decider_text(d, "cause"))
		cause_of_kind(d, j, q);
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
