/* SPDX-License-Identifier: GPL-2.0-only */
/* The bounds, and the arithmetic. */
#include "collect/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"

#define LOOK_NS (SECOND_NS / 10)

/* Packets a second on one CPU: they take a quarter of it to be followed. */
#define LIMIT 150000ULL
/* Turns in a row with too many: a burst is followed. */
#define PATIENCE 3
/* Stations on an ordinary way at which a packet that does not match is asked about again. */
#define ASKED_AT 4

/* Each rest after too short a time of following is twice the one before. */
#define REST_MIN_NS (5 * SECOND_NS)
#define REST_MAX_NS (80 * SECOND_NS)
#define CALM_NS	    (10 * SECOND_NS)

int pace_init(struct pace *p, size_t n_cpus, bool all_wanted)
{
	*p = (struct pace){
		.looked = calloc(n_cpus, sizeof(*p->looked)),
		.before = calloc(n_cpus, sizeof(*p->before)),
		.n_cpus = n_cpus,
		.limit = all_wanted ? LIMIT : LIMIT * ASKED_AT,
	};
	return p->looked && p->before ? 0 : -ENOMEM;
}

void pace_clear(struct pace *p)
{
	free(p->looked);
	free(p->before);
	*p = (struct pace){0};
}

bool pace_is_due(const struct pace *p, uint64_t now_ns)
{
	return now_ns - p->last_ns >= LOOK_NS;
}

static bool too_many(const struct pace *p, uint64_t ns)
{
	uint64_t most = 0;

	for (size_t i = 0; i < p->n_cpus; i++)
		if (p->looked[i] - p->before[i] > most)
			most = p->looked[i] - p->before[i];
	return most * SECOND_NS / ns > p->limit;
}

static enum pace_turn change(struct pace *p)
{
	p->resting = !p->resting;
	p->since_ns = 0;
	p->crowded = 0;
	return p->resting ? PACE_REST : PACE_GO_ON;
}

enum pace_turn pace_turn(struct pace *p, uint64_t now_ns)
{
	uint64_t ns = p->last_ns ? now_ns - p->last_ns : 0;
	enum pace_turn turn = PACE_AS_IT_IS;

	p->since_ns += ns;
	if (p->resting) {
		p->rested_ns += ns;
		if (p->since_ns >= p->rest_ns)
			turn = change(p);
	} else if (ns) {
		if (p->since_ns > CALM_NS)
			p->rest_ns = 0;
		p->crowded = too_many(p, ns) ? p->crowded + 1 : 0;
		if (p->crowded == PATIENCE) {
			p->rest_ns = p->rest_ns ? 2 * p->rest_ns : REST_MIN_NS;
			if (p->rest_ns > REST_MAX_NS)
				p->rest_ns = REST_MAX_NS;
			turn = change(p);
		}
	}
	p->last_ns = now_ns;
	memcpy(p->before, p->looked, p->n_cpus * sizeof(*p->before));
	return turn;
}

uint64_t pace_rested_ns(const struct pace *p, uint64_t now_ns)
{
	return p->rested_ns + (p->resting && now_ns > p->last_ns ? now_ns - p->last_ns : 0);
}
