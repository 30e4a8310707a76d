/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over journeys. A site is found by walking: there are few. */
#include "model/tally.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* name: its decider's. */
static bool is_site(const struct tally_site *s, const struct journey *j, const char *name)
{
	const struct drop *d = &j->drop;

	return s->layer == d->layer && s->station == d->station && s->family == j->packet.family &&
	       s->proto == j->packet.proto && s->at.netns_inum == d->at.netns_inum &&
	       s->at.ifindex == d->at.ifindex && !s->decider == !d->decider &&
	       !strcmp(s->reason, d->reason) && !strcmp(s->location, d->location) &&
	       !strcmp(s->decider_name, name);
}

bool tally_is_site(const struct tally_site *s, const struct journey *j)
{
	char name[160] = "";

	if (j->drop.decider)
		decider_name(j->drop.decider, name, sizeof(name));
	return j->outcome == OUTCOME_DROPPED && is_site(s, j, name);
}

/* Its packets stay in the sums. */
static void make_room(struct tally *t)
{
	struct tally_site *old = t->sites;

	for (size_t i = 1; i < t->n_sites; i++)
		if (t->sites[i].turn < old->turn)
			old = &t->sites[i];
	t->other[old->layer].packets += old->packets;
	t->other[old->layer].bytes += old->bytes;
	decider_unref(old->decider);
	*old = t->sites[--t->n_sites];
}

static struct tally_site *site(struct tally *t, const struct journey *j)
{
	const struct drop *d = &j->drop;
	struct tally_site *s;
	char name[160] = "";

	if (d->decider)
		decider_name(d->decider, name, sizeof(name));
	for (size_t i = 0; i < t->n_sites; i++) {
		if (!is_site(&t->sites[i], j, name))
			continue;
		if (d->decider) { /* as it is by now */
			decider_unref(t->sites[i].decider);
			t->sites[i].decider = decider_ref(d->decider);
		}
		return &t->sites[i];
	}
	if (t->n_sites == TALLY_SITES_MAX)
		make_room(t);
	s = realloc(t->sites, (t->n_sites + 1) * sizeof(*s));
	if (!s)
		return NULL;
	t->sites = s;
	s += t->n_sites++;
	*s = (struct tally_site){.layer = d->layer,
				 .station = d->station,
				 .at = d->at,
				 .family = j->packet.family,
				 .proto = j->packet.proto,
				 .decider = d->decider ? decider_ref(d->decider) : NULL};
	snprintf(s->reason, sizeof(s->reason), "%s", d->reason);
	snprintf(s->location, sizeof(s->location), "%s", d->location);
	snprintf(s->why, sizeof(s->why), "%s", j->why);
	snprintf(s->next, sizeof(s->next), "%s", j->next);
	snprintf(s->decider_name, sizeof(s->decider_name), "%s", name);
	return s;
}

int tally_count(struct tally *t, const struct journey *j, const struct tally_sums *n)
{
	struct tally_site *s;

	t->seen += n->packets;
	t->cost_ns += n->cost_ns;
	t->outcomes[j->outcome] += n->packets;
	if (j->outcome != OUTCOME_DROPPED)
		return 0;
	t->dropped[j->drop.layer] += n->packets;
	s = site(t, j);
	if (!s)
		return -ENOMEM;
	s->turn = ++t->turn;
	s->packets += n->packets;
	s->segments += n->segments;
	s->bytes += n->bytes;
	s->timed += n->cost_ns ? n->packets : 0;
	s->cost_ns += n->cost_ns;
	s->here_ns += n->here_ns;
	s->mixed |= n->mixed;
	return 0;
}

int tally_add(struct tally *t, const struct journey *j)
{
	struct tally_sums n = {
		.packets = 1,
		.segments = j->segments,
		.bytes = j->len,
		.cost_ns = j->duration_ns,
	};

	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].len) {
			n.bytes = j->steps[i].len;
			break;
		}
	return tally_count(t, j, &n);
}

static int by_packets(const void *a, const void *b)
{
	const struct tally_site *x = a, *y = b;

	return x->packets < y->packets ? 1 : x->packets > y->packets ? -1 : 0;
}

void tally_sort(struct tally *t)
{
	if (t->n_sites)
		qsort(t->sites, t->n_sites, sizeof(t->sites[0]), by_packets);
}

void tally_restart(struct tally *t)
{
	struct tally old = *t;

	*t = (struct tally){.sites = old.sites, .n_sites = old.n_sites, .turn = old.turn};
	for (size_t i = 0; i < t->n_sites; i++) {
		struct tally_site *s = &t->sites[i];

		s->early = s->packets;
		s->packets = s->segments = s->bytes = s->timed = s->cost_ns = s->here_ns = 0;
	}
}

int tally_unseen(struct tally *t, const struct tally_unseen *u)
{
	struct tally_unseen *more = realloc(t->unseen, (t->n_unseen + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	t->unseen = more;
	more[t->n_unseen++] = *u;
	return 0;
}

void tally_clear(struct tally *t)
{
	for (size_t i = 0; i < t->n_sites; i++)
		decider_unref(t->sites[i].decider);
	free(t->sites);
	free(t->unseen);
	*t = (struct tally){0};
}
