/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters that count drops of which no probe tells, less what sites have of them. */
#include "causes/counter_unseen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "causes/counter_name.h"

/* Counters of drops that can leave no event behind: "TOOL DEVICE ...SUFFIX". */
static const struct unseen_row {
	const char *tool, *suffix;
} unseen[] = {
	{"ethtool ", "_xdp_drops"},	{"ethtool ", "_xdp_tx_errors"},
	{"link ", " rx missed_errors"}, {"link ", " rx fifo_errors"},
	{"link ", " rx over_errors"},
};

static bool is_unseen(const struct unseen_row *row, const char *name, char *dev, size_t size)
{
	size_t n = strlen(name), tool = strlen(row->tool), suffix = strlen(row->suffix);

	if (strncmp(name, row->tool, tool) || n < tool + suffix ||
	    strcmp(name + n - suffix, row->suffix))
		return false;
	snprintf(dev, size, "%.*s", (int)strcspn(name + tool, " "), name + tool);
	return true;
}

static bool is_generic(const struct decider *d)
{
	const char *mode = d ? decider_text(d, "mode") : NULL;

	return mode && !strcmp(mode, "generic");
}

/* What sites have of the frames in this device's counters of XDP. */
static uint64_t explained(const struct tally *t, const struct tally_unseen *u, const char *suffix)
{
	uint64_t n = 0;

	for (size_t i = 0; i < t->n_sites; i++) {
		const struct tally_site *s = &t->sites[i];
		const char *counter = s->layer == WB_LAYER_XDP ? counter_name_xdp(s->reason) : NULL;

		if (counter && !strcmp(counter, suffix) && s->at.netns_inum == u->at.netns_inum &&
		    !strcmp(s->at.dev, u->at.dev) && !is_generic(s->decider))
			n += s->packets + s->early;
	}
	return n;
}

/* The counters of this row that the device of counter i has, if i is the first of them. */
static int unseen_at(const struct counter_space *s, size_t i, const struct unseen_row *row,
		     struct tally *t)
{
	const struct counter *all = s->after.counters;
	struct tally_unseen u = {.at.netns_inum = s->inum};
	char prefix[32], dev[16];
	uint64_t delta, known;
	const char *name;
	size_t n;

	if (!is_unseen(row, all[i].name, u.at.dev, sizeof(u.at.dev)))
		return 0;
	for (size_t k = 0; k < i; k++)
		if (is_unseen(row, all[k].name, dev, sizeof(dev)) && !strcmp(dev, u.at.dev))
			return 0;
	snprintf(prefix, sizeof(prefix), "%s%s ", row->tool, u.at.dev);
	delta = counter_list_sum(&s->after, &s->before, prefix,
				 row->suffix + (row->suffix[0] == ' '), &n, &name);
	known = explained(t, &u, row->suffix);
	if (delta <= known)
		return 0;
	u.packets = delta - known;
	snprintf(u.at.netns, sizeof(u.at.netns), "%s", s->name);
	counter_name_shown(u.counter, sizeof(u.counter), name);
	return tally_unseen(t, &u);
}

int counter_unseen_softnet(const struct counter_space *s, struct tally *t)
{
	struct tally_unseen u = {.counter = COUNTER_SOFTNET};
	uint64_t known = 0;
	const char *name;
	size_t n;

	for (size_t i = 0; i < t->n_sites; i++)
		if (!strcmp(t->sites[i].reason, "CPU_BACKLOG"))
			known += t->sites[i].packets + t->sites[i].early;
	u.packets = counter_list_sum(&s->after, &s->before, COUNTER_SOFTNET, "", &n, &name);
	if (u.packets <= known)
		return 0;
	u.packets -= known;
	return tally_unseen(t, &u);
}

int counter_unseen(const struct counter_space *s, struct tally *t)
{
	for (size_t k = 0; k < s->after.n; k++)
		for (size_t r = 0; r < sizeof(unseen) / sizeof(unseen[0]); r++)
			if (unseen_at(s, k, &unseen[r], t))
				return -ENOMEM;
	return 0;
}
