/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The namespaces' counters before and after, and whether they agree with the sites. Which counter
 * belongs to which site is in counter_name.c, what only a counter saw in counter_unseen.c.
 */
#include "causes/counter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/all_netns.h"
#include "causes/counter_name.h"
#include "causes/counter_read.h"
#include "causes/counter_unseen.h"

#define NAMESPACES_MAX 64 /* in each some ten questions are asked, before and after */

struct counters {
	struct names *names;
	struct counter_space spaces[NAMESPACES_MAX];
	size_t n;
	size_t n_left;
	bool chosen; /* other namespaces than these aren't looked at */
};

struct site_counter {
	char prefix[96]; /* "": there is none */
	const char *suffix;
};

/* Packets of which it isn't certain who dropped them may have been dropped by who is counted. */
static bool may_share(const struct tally_site *s, const struct tally_site *counted)
{
	return s->layer == counted->layer && (s->mixed || (s->decider && s->decider->n_candidates));
}

/* The least and the most that a site's counter can have counted: several sites may share it. */
static void counted(const struct tally *t, const struct site_counter *names, size_t of,
		    uint64_t *least, uint64_t *most)
{
	bool everywhere = !strcmp(names[of].prefix, COUNTER_SOFTNET);

	*least = *most = 0;
	for (size_t i = 0; i < t->n_sites; i++) {
		const struct tally_site *s = &t->sites[i];

		if (s->at.netns_inum != t->sites[of].at.netns_inum && !everywhere)
			continue;
		if (!strcmp(names[i].prefix, names[of].prefix))
			*least += s->late;
		else if (names[i].prefix[0] || !may_share(s, &t->sites[of]))
			continue;
		*most += s->packets + s->early;
	}
}

static void check(struct tally *t, const struct site_counter *names, size_t i,
		  const struct counter_space *space, bool exact)
{
	struct tally_site *s = &t->sites[i];
	uint64_t least, most;
	const char *name;
	size_t n;

	s->check.delta = counter_list_sum(&space->after, &space->before, names[i].prefix,
					  names[i].suffix, &n, &name);
	if (!n)
		return;
	counted(t, names, i, &least, &most);
	exact = exact && strcmp(names[i].prefix, COUNTER_SOFTNET);
	s->check.has = true;
	s->check.agrees = s->check.delta >= least && (!exact || s->check.delta <= most);
	counter_name_shown(s->check.counter, sizeof(s->check.counter), name);
}

static bool has_sites(const struct tally *t, uint32_t inum)
{
	for (size_t i = 0; i < t->n_sites; i++)
		if (t->sites[i].at.netns_inum == inum)
			return true;
	return false;
}

static void look(struct counters *c, struct counter_space *s)
{
	counter_list_free(&s->after);
	counter_list_read(&s->after, c->names, s->inum);
}

void counters_look(struct counters *c, const struct tally *t, bool all)
{
	for (size_t i = 0; i < c->n; i++)
		if (has_sites(t, c->spaces[i].inum))
			look(c, &c->spaces[i]);
	for (size_t i = 0; i < c->n && all; i++)
		if (!has_sites(t, c->spaces[i].inum))
			look(c, &c->spaces[i]);
}

int counters_check(struct counters *c, struct tally *t, bool exact)
{
	struct site_counter *names = calloc(t->n_sites + 1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	for (size_t k = 0; k < t->n_sites; k++)
		if (!counter_name(&t->sites[k], names[k].prefix, sizeof(names[k].prefix),
				  &names[k].suffix))
			names[k].prefix[0] = 0;
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < t->n_sites && !c->spaces[i].before.unread; k++)
			if (names[k].prefix[0] && t->sites[k].at.netns_inum == c->spaces[i].inum)
				check(t, names, k, &c->spaces[i], exact);
	free(names);
	return 0;
}

int counters_unseen(struct counters *c, struct tally *t)
{
	for (size_t i = 0; i < c->n; i++)
		if (!c->spaces[i].before.unread && counter_unseen(&c->spaces[i], t))
			return -ENOMEM;
	return c->n && !c->chosen && !c->spaces[0].before.unread
		       ? counter_unseen_softnet(&c->spaces[0], t)
		       : 0;
}

static bool is_listed(uint32_t inum, const uint32_t *netns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (netns[i] == inum)
			return true;
	return !n;
}

static bool is_known(const struct counters *c, uint32_t inum)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->spaces[i].inum == inum)
			return true;
	return false;
}

static void add_space(struct counters *c, uint32_t inum)
{
	struct counter_space *s;

	if (is_known(c, inum))
		return;
	if (c->n == NAMESPACES_MAX) {
		c->n_left++;
		return;
	}
	s = &c->spaces[c->n++];
	s->inum = inum;
	if (inum != host_own_netns(names_host(c->names)))
		snprintf(s->name, sizeof(s->name), "%s", names_netns(c->names, inum, 0));
	counter_list_read(&s->before, c->names, inum);
}

int counters_new(struct counters **ret, struct names *names, const uint32_t *netns, size_t n)
{
	struct counters *c = calloc(1, sizeof(*c));
	uint32_t own = host_own_netns(names_host(names)), all[ALL_NETNS_MAX];
	size_t n_all;

	if (!c)
		return -ENOMEM;
	c->names = names;
	c->chosen = n > 0;
	if (is_listed(own, netns, n))
		add_space(c, own);
	n_all = all_netns(names, all, ALL_NETNS_MAX);
	for (size_t i = 0; i < n_all; i++)
		if (is_listed(all[i], netns, n))
			add_space(c, all[i]);
	*ret = c;
	return 0;
}

size_t counters_left(const struct counters *c)
{
	return c->n_left;
}

void counters_free(struct counters *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		counter_list_free(&c->spaces[i].before);
		counter_list_free(&c->spaces[i].after);
	}
	free(c);
}
