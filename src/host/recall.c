/* SPDX-License-Identifier: GPL-2.0-only */
/* See recall.h. A fact out of a file may be anything: what does not fit could not be read. */
#include "host/recall.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

/*
 * Two facts an answer: {"how": one of enum host_answer, "answer": ...}, and under "when/" and the
 * same key when it was asked and told.
 */
#define WHEN "when/"

static bool times_of(const struct facts *f, const char *key, struct host_times *ret)
{
	struct text t = {0};
	const char *fact;
	json_t *o;

	text_printf(&t, WHEN "%s", key);
	fact = t.failed ? NULL : facts_get(f, t.s);
	o = fact ? json_loads(fact, 0, NULL) : NULL;
	ret->asked_ns = (uint64_t)json_integer_value(json_array_get(o, 0));
	ret->told_ns = (uint64_t)json_integer_value(json_array_get(o, 1));
	text_free(&t);
	json_decref(o);
	return o != NULL;
}

static struct kept_answer parse_fact(const struct facts *f, const char *key)
{
	const char *text = facts_get(f, key);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	json_int_t how = o ? json_integer_value(json_object_get(o, "how")) : HOST_UNREAD;
	struct kept_answer k = {.answer = json_incref(json_object_get(o, "answer"))};

	json_decref(o);
	if (how < HOST_TOLD || how > HOST_UNCLEAR || (how == HOST_TOLD) != (k.answer != NULL)) {
		json_decref(k.answer);
		return (struct kept_answer){.how = HOST_UNREAD};
	}
	k.how = (enum host_answer)how;
	return k;
}

const struct kept_answer *recall(const struct facts *f, struct kept **all, const char *key)
{
	const struct kept_answer *k = kept_find(*all, key);
	struct host_times times;
	struct kept_answer now;

	if (!times_of(f, key, &times))
		return NULL;
	if (k && !memcmp(&k->times, &times, sizeof(times)))
		return k;
	now = parse_fact(f, key);
	now.times = times;
	kept_put(all, key, &now);
	json_decref(now.answer);
	return kept_find(*all, key);
}

static void keep(struct facts *f, const char *key, const char *json)
{
	facts_put(f, key, json);
}

void recall_put(struct facts *f, const char *key, const struct kept_answer *k, bool once)
{
	void (*put)(struct facts * f, const char *key, const char *json) = once ? facts_tell : keep;

	json_t *o = json_pack("{s:i, s:O*}", "how", k->how, "answer", k->answer);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	struct text when_key = {0}, when = {0};

	text_printf(&when_key, WHEN "%s", key);
	text_printf(&when, "[%" PRIu64 ",%" PRIu64 "]", k->times.asked_ns, k->times.told_ns);
	if (text && !when_key.failed && !when.failed) {
		put(f, key, text);
		put(f, when_key.s, when.s);
	}
	text_free(&when_key);
	text_free(&when);
	free(text);
	json_decref(o);
}
