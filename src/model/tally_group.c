/* SPDX-License-Identifier: GPL-2.0-only */
/* What each site is called under an attribute, and the sums of those called the same. */
#include "model/tally_group.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[TALLY_BY_MAX] = {
#define X(id, name) [TALLY_BY_##id] = name,
	TALLY_BYS(X)
#undef X
};

enum tally_by tally_by_name(const char *name)
{
	int by = TALLY_BY_SITE + 1;

	if (!name)
		return TALLY_BY_SITE;
	while (by < TALLY_BY_MAX && strcmp(names[by], name))
		by++;
	return by;
}

const char *tally_by_text(enum tally_by by)
{
	return names[by];
}

static bool is_rule(const struct decider *d)
{
	return d->kind == DECIDER_NFT_RULE || d->kind == DECIDER_NFT_POLICY ||
	       d->kind == DECIDER_IPTABLES_RULE || d->kind == DECIDER_IPTABLES_POLICY;
}

static bool is_program(const struct decider *d)
{
	return d->kind == DECIDER_XDP_PROGRAM || d->kind == DECIDER_TC_PROGRAM ||
	       d->kind == DECIDER_TC_FILTER || d->kind == DECIDER_BPF_NETFILTER ||
	       d->kind == DECIDER_CGROUP_PROGRAM || d->kind == DECIDER_SOCKET_FILTER;
}

static void name_of(const struct tally_site *s, enum tally_by by, char *buf, size_t size)
{
	const struct decider *d = s->decider;

	buf[0] = 0;
	switch (by) {
	case TALLY_BY_IFACE:
		snprintf(buf, size, "%s%s%s", s->at.netns,
			 s->at.netns[0] && s->at.dev[0] ? " " : "", s->at.dev);
		break;
	case TALLY_BY_LAYER:
		snprintf(buf, size, "%s", layer_name(s->layer));
		break;
	case TALLY_BY_REASON:
		snprintf(buf, size, "%s", s->reason);
		break;
	case TALLY_BY_NETNS:
		snprintf(buf, size, "%s", s->at.netns);
		break;
	case TALLY_BY_RULE:
		if (d && is_rule(d))
			decider_words(d, buf, size);
		break;
	case TALLY_BY_PROGRAM:
		if (d && is_program(d))
			decider_words(d, buf, size);
		break;
	default:
		break;
	}
}

static int by_packets(const void *a, const void *b)
{
	const struct tally_group *x = a, *y = b;

	return x->packets < y->packets ? 1 : x->packets > y->packets ? -1 : 0;
}

int tally_group(const struct tally *t, enum tally_by by, struct tally_group **ret, size_t *ret_n)
{
	struct tally_group *g = calloc(t->n_sites + 1, sizeof(*g));
	size_t n = 0, k;

	if (!g)
		return -ENOMEM;
	for (size_t i = 0; i < t->n_sites; i++) {
		const struct tally_site *s = &t->sites[i];

		if (!s->packets)
			continue;
		name_of(s, by, g[n].name, sizeof(g[n].name));
		for (k = 0; strcmp(g[k].name, g[n].name); k++)
			;
		n += k == n;
		g[k].packets += s->packets;
		g[k].bytes += s->bytes;
		g[k].cost_ns += s->cost_ns;
		g[k].timed += s->timed;
	}
	qsort(g, n, sizeof(*g), by_packets);
	*ret = g;
	*ret_n = n;
	return 0;
}
