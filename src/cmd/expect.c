/* SPDX-License-Identifier: GPL-2.0-only */
/* See expect.h. */
#include "cmd/expect.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "causes/catalogue.h"
#include "util/near.h"

static bool is_reason(const char *name)
{
	size_t n;
	const struct place_row *places = catalogue_places(&n);

	for (size_t i = 0; i < n; i++)
		if (places[i].reason && !strcmp(places[i].reason, name))
			return true;
	return catalogue_reason(name) != NULL;
}

static const char *near_reason(const char *name)
{
	size_t n, best = 5;
	const struct reason_row *rows = catalogue_reasons(&n);
	const char *near = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = near_distance(name, rows[i].name);

		if (d < best) {
			best = d;
			near = rows[i].name;
		}
	}
	return near;
}

static bool is_outcome(const char *name)
{
	for (int i = 0; i < OUTCOME_MAX; i++)
		if (!strcmp(outcome_name(i), name))
			return true;
	return false;
}

/* The parts between colons; an empty or missing one stands for any. */
static int parse(struct expect *e, size_t at)
{
	const char *text = e->words->word[at], *rest = text, *near;
	struct {
		char *to;
		size_t size;
	} parts[] = {{e->all[at].outcome, sizeof(e->all[at].outcome)},
		     {e->all[at].station, sizeof(e->all[at].station)},
		     {e->all[at].reason, sizeof(e->all[at].reason)}};

	for (size_t i = 0; rest && i < 3; i++) {
		size_t n = strcspn(rest, ":");

		snprintf(parts[i].to, parts[i].size, "%.*s", (int)n, rest);
		rest = rest[n] ? rest + n + 1 : NULL;
	}
	if (rest)
		return fail(EXIT_USAGE, "--expect %s: more than OUTCOME[:STATION[:REASON]]", text);
	if (!is_outcome(e->all[at].outcome))
		return fail(EXIT_USAGE, "--expect %s: no such outcome as '%s'", text,
			    e->all[at].outcome);
	if (e->all[at].station[0] && !station_by_name(e->all[at].station))
		return fail(EXIT_USAGE, "--expect %s: no such station as '%s'", text,
			    e->all[at].station);
	if (!e->all[at].reason[0] || is_reason(e->all[at].reason))
		return EXIT_DONE;
	near = near_reason(e->all[at].reason);
	return fail(EXIT_USAGE, "--expect %s: no such reason as '%s'%s%s%s", text,
		    e->all[at].reason, near ? "; did you mean " : "", near ? near : "",
		    near ? "?" : ", see 'waybill explain'");
}

int expect_parse(struct expect *e, const struct words *words)
{
	e->words = words;
	for (size_t i = 0; i < words->n; i++) {
		int r = parse(e, i);

		if (r)
			return r;
	}
	return EXIT_DONE;
}

void expect_count(struct expect *e, const struct journey *j)
{
	const char *station = j->has_drop  ? station_name(j->drop.station)
			      : j->n_steps ? station_name(j->steps[j->n_steps - 1].station)
					   : "";
	bool fits = false;

	for (size_t i = 0; e->words && i < e->words->n; i++) {
		if (strcmp(e->all[i].outcome, outcome_name(j->outcome)) ||
		    (e->all[i].station[0] && strcmp(e->all[i].station, station)) ||
		    (e->all[i].reason[0] && strcmp(e->all[i].reason, j->drop.reason)))
			continue;
		e->all[i].fits++;
		fits = true;
	}
	e->others += !fits;
}

int expect_verdict(const struct expect *e, uint64_t journeys)
{
	size_t n = e->words ? e->words->n : 0;

	if (!n)
		return EXIT_DONE;
	if (!journeys)
		return fail(EXIT_EXPECTATION, "--expect %s: there was no journey",
			    e->words->word[0]);
	if (e->others)
		return fail(EXIT_EXPECTATION,
			    "--expect %s%s: %llu of %llu journeys ended otherwise",
			    e->words->word[0], n > 1 ? " and the others" : "",
			    (unsigned long long)e->others, (unsigned long long)journeys);
	for (size_t i = 0; i < n; i++)
		if (!e->all[i].fits)
			return fail(EXIT_EXPECTATION, "--expect %s: none of %llu journeys ended so",
				    e->words->word[i], (unsigned long long)journeys);
	return EXIT_DONE;
}
