/* SPDX-License-Identifier: GPL-2.0-only */
/* A tree of events, each under its path; walked from an end to its root. */
#include "journey/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "journey/build.h"
#include "model/event.h"

struct node {
	uint64_t path, before; /* before 0: unknown, or the first */
	struct wb_event *ev;   /* owned, NULL: did not come yet */
	uint64_t ts_ns;	       /* when it was seen; ev's own time is set as a journey needs it */
	bool doomed;	       /* paths_sweep() frees it, if it isn't kept or told again before */
	UT_hash_handle hh;
};

struct paths {
	struct node *by_path;
};

int paths_new(struct paths **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void paths_free(struct paths *p)
{
	struct node *n, *tmp;

	if (!p)
		return;
	HASH_ITER(hh, p->by_path, n, tmp)
	{
		HASH_DEL(p->by_path, n);
		free(n->ev);
		free(n);
	}
	free(p);
}

static struct node *find(const struct paths *p, uint64_t path)
{
	struct node *n;

	HASH_FIND(hh, p->by_path, &path, sizeof(path), n);
	return n;
}

static struct node *find_or_add(struct paths *p, uint64_t path)
{
	struct node *n = find(p, path);

	if (n)
		return n;
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	n->path = path;
	HASH_ADD(hh, p->by_path, path, sizeof(n->path), n);
	return n;
}

int paths_add(struct paths *p, const struct wb_event *ev)
{
	struct event_parts parts;
	struct node *n;

	if (!event_open(ev, ev->size, &parts) || !ev->id)
		return -EINVAL;
	n = find_or_add(p, ev->id);
	if (!n)
		return -ENOMEM;
	n->doomed = false;
	if (ev->kind == WB_KIND_LINK) {
		const struct wb_link_body *l = parts.body;

		if (l->how == WB_LINK_PATH) {
			n->before = l->other;
			return 0;
		}
	}
	if (n->ev) /* sent again, because its link was lost */
		return 0;
	n->ev = malloc(ev->size);
	if (!n->ev)
		return -ENOMEM;
	memcpy(n->ev, ev, ev->size);
	n->ts_ns = ev->ts_ns;
	return 0;
}

size_t paths_count(const struct paths *p)
{
	return HASH_COUNT(p->by_path);
}

void paths_doom(struct paths *p)
{
	for (struct node *n = p->by_path; n; n = n->hh.next)
		n->doomed = true;
}

void paths_keep(struct paths *p, uint64_t path)
{
	struct node *n;

	for (n = find(p, path); n; n = find(p, n->before))
		n->doomed = false;
}

void paths_each_doomed(const struct paths *p, void (*fn)(void *arg, uint64_t path), void *arg)
{
	for (const struct node *n = p->by_path; n; n = n->hh.next)
		if (n->doomed)
			fn(arg, n->path);
}

void paths_sweep(struct paths *p)
{
	struct node *n, *tmp;

	HASH_ITER(hh, p->by_path, n, tmp)
	{
		if (!n->doomed)
			continue;
		HASH_DEL(p->by_path, n);
		free(n->ev);
		free(n);
	}
}

static bool is_first(const struct node *n)
{
	return n->ev->flags & WB_EV_FIRST;
}

int paths_journey(const struct paths *p, uint64_t path, struct journey *ret)
{
	const struct wb_event *events[EVENTS_MAX];
	uint64_t end_ns = 0;
	size_t n = EVENTS_MAX;
	int r;

	*ret = (struct journey){.id = path};
	for (;;) {
		const struct node *node = find(p, path);

		if (!node || !node->ev)
			return -ENOENT;
		if (!n) {
			ret->truncated = true;
			break;
		}
		/* they are of several packets, seen at different times; a microsecond for each */
		if (n == EVENTS_MAX)
			end_ns = node->ts_ns;
		node->ev->ts_ns = end_ns - (EVENTS_MAX - n) * 1000;
		node->ev->seq = n;
		events[--n] = node->ev;
		if (is_first(node))
			break;
		path = node->before;
	}
	ret->idle = !(events[EVENTS_MAX - 1]->flags & WB_EV_LAST);
	ret->end_only = events[n]->flags & WB_EV_ALONE;
	r = journey_build(ret, events + n, EVENTS_MAX - n);
	/* packets of one path may have different marks */
	for (size_t i = 0; i < ret->n_endings; i++)
		ret->endings[i].mark_known = false;
	if (r)
		journey_clear(ret);
	return r;
}
