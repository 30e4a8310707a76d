/* SPDX-License-Identifier: GPL-2.0-only */
/* The bounds, and the arithmetic. */
#include "collect/pace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"

#define LOOK_NS (SECOND_NS / 10)

#define PERCENT_NS (SECOND_NS / 100)
/* What a packet costs before that is measured, or where it can't be: as on an ordinary machine. */
#define ASSUMED_NS 1600
#define RENEW_NS   (10 * SECOND_NS) /* so long a measurement holds */
#define ENOUGH	   50		    /* packets in a turn, for a mean */
/* Turns in a row with too many: a burst is followed. */
#define PATIENCE 3

/* Each rest after too short a time of following is twice the one before. */
#define REST_MIN_NS (5 * SECOND_NS)
#define REST_MAX_NS (80 * SECOND_NS)
#define CALM_NS	    (10 * SECOND_NS)

int pace_init(struct pace *p, size_t n_cpus, unsigned percent)
{
	*p = (struct pace){
		.looked = calloc(n_cpus, sizeof(*p->looked)),
		.before = calloc(n_cpus, sizeof(*p->before)),
		.n_cpus = n_cpus,
		.budget_ns = percent * PERCENT_NS,
		.cost_ns = ASSUMED_NS,
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

static uint64_t looked_since(const struct pace *p)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < p->n_cpus; i++)
		sum += p->looked[i] - p->before[i];
	return sum;
}

void pace_cost(struct pace *p, uint64_t now_ns, uint64_t ran_ns)
{
	uint64_t n = looked_since(p);

	p->measures = false;
	if (n < ENOUGH)
		return;
	p->cost_ns = ran_ns / n;
	p->cost_at_ns = now_ns;
}

static bool too_many(const struct pace *p, uint64_t ns)
{
	uint64_t most = 0;

	for (size_t i = 0; i < p->n_cpus; i++)
		if (p->looked[i] - p->before[i] > most)
			most = p->looked[i] - p->before[i];
	return most * p->cost_ns > p->budget_ns / 1000 * (ns / 1000) / 1000;
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
	p->measures = !p->resting && ns && looked_since(p) >= ENOUGH &&
		      (!p->cost_at_ns || now_ns - p->cost_at_ns > RENEW_NS);
	p->last_ns = now_ns;
	memcpy(p->before, p->looked, p->n_cpus * sizeof(*p->before));
	return turn;
}

uint64_t pace_rested_ns(const struct pace *p, uint64_t now_ns)
{
	return p->rested_ns + (p->resting && now_ns > p->last_ns ? now_ns - p->last_ns : 0);
}
