/* SPDX-License-Identifier: GPL-2.0-only */
/* Each path is judged by the code that judges a single packet. */
#include "cmd/ends.h"

#include <stdlib.h>

#include "causes/catalogue.h"
#include "util/clock.h"

#define OLD_NS	    (30 * SECOND_NS) /* nothing was counted there */
#define FAREWELL_NS (5 * SECOND_NS)  /* longer than a packet is on its way */
#define PATHS_MANY  (WB_PATHS_MAX / 4)
#define ENDS_MANY   (WB_SUMS_MAX / 2)

struct end *ends_find(struct ends *all, uint64_t path)
{
	struct end *e;

	HASH_FIND(hh, all->all, &path, sizeof(path), e);
	if (e)
		return e;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->path = path;
	HASH_ADD(hh, all->all, path, sizeof(e->path), e);
	return e;
}

/*
 * What is known of packets like this one, of which only the end was seen, since some were followed.
 * NULL: nothing, or different things.
 */
static const struct drop *known_drop(const struct ends *all, const struct journey *j)
{
	const struct drop *known = NULL;

	for (const struct end *e = all->all; e; e = e->hh.next) {
		const struct drop *d = &e->journey.drop;

		if (!e->judged || e->journey.end_only || e->path & WB_PATH_LEVEL ||
		    !journey_same_drop(&e->journey, j))
			continue;
		if (known && !decider_same(known->decider, d->decider))
			return NULL;
		known = d;
	}
	return known;
}

/* Its end alone left several to choose from; who was followed knows which of them it is. */
static void choose_known(const struct ends *all, struct journey *j)
{
	struct decider *d = j->drop.decider;
	const struct drop *known = d && d->n_candidates ? known_drop(all, j) : NULL;

	for (size_t i = 0; known && i < d->n_candidates; i++) {
		if (!decider_same(d->candidates[i], known->decider))
			continue;
		j->drop.layer = known->layer;
		j->drop.station = known->station;
		j->drop.decider = decider_ref(known->decider);
		decider_unref(d);
		return;
	}
}

int ends_journey(const struct ends *all, const struct end *e, struct journey *ret)
{
	static const unsigned varies[] = {
		[WB_LEVEL_ALIKE] = VARIES_SPORT,
		[WB_LEVEL_SENDERS] = VARIES_SPORT | VARIES_SOURCE,
		[WB_LEVEL_TARGETS] = VARIES_SPORT | VARIES_ADDRESSES,
		[WB_LEVEL_MIXED] = VARIES_SPORT | VARIES_ADDRESSES | VARIES_PROTO,
	};
	int r = paths_journey(all->paths, e->path, ret);

	if (r)
		return r;
	ret->varies = varies[e->path & WB_PATH_LEVEL];
	resolve_fate(all->resolve, ret);
	resolve_decider(all->resolve, ret);
	if (ret->end_only)
		choose_known(all, ret);
	if (ret->outcome == OUTCOME_DROPPED)
		catalogue_advise(ret);
	return 0;
}

void ends_judge(struct ends *all, struct end *e, uint64_t now_ns)
{
	struct journey j;

	if (ends_journey(all, e, &j))
		return;
	journey_cut(&j, 0);
	journey_clear(&e->journey);
	e->journey = j;
	e->judged = true;
	e->judged_ns = now_ns;
}

static int keep_path(void *arg, uint64_t path, const struct wb_sums *unused)
{
	struct ends *all = arg;

	(void)unused;
	paths_keep(all->paths, path);
	return 0;
}

static void forget_path(void *arg, uint64_t path)
{
	collect_forget_path(arg, path);
}

static bool is_settled(const struct end *e)
{
	return e->kernel.packets + e->silent.packets == e->told.packets &&
	       e->kernel.bytes + e->silent.bytes == e->told.bytes;
}

static void forget_old(struct ends *all, struct collect *c, uint64_t now_ns)
{
	struct end *e, *tmp;

	HASH_ITER(hh, all->all, e, tmp)
	{
		if (now_ns - e->counted_ns < OLD_NS || e->in_slot || !is_settled(e)) {
			paths_keep(all->paths, e->path);
			continue;
		}
		collect_forget_sums(c, e->path);
		HASH_DEL(all->all, e);
		journey_clear(&e->journey);
		free(e);
	}
}

/*
 * In two steps, because packets are on their way: first the kernel forgets, and tells again whoever
 * goes there; a while later what nobody told again, or has reached, goes here, too.
 */
void ends_age(struct ends *all, struct collect *c, uint64_t now_ns)
{
	if (all->doomed_ns) {
		if (now_ns - all->doomed_ns < FAREWELL_NS)
			return;
		for (const struct end *e = all->all; e; e = e->hh.next)
			paths_keep(all->paths, e->path);
		if (!collect_in_use(c, keep_path, all))
			paths_sweep(all->paths);
		all->doomed_ns = 0;
		return;
	}
	if (now_ns - all->aged_ns < OLD_NS ||
	    (paths_count(all->paths) < PATHS_MANY && HASH_COUNT(all->all) < ENDS_MANY))
		return;
	all->aged_ns = now_ns;
	paths_doom(all->paths);
	forget_old(all, c, now_ns);
	if (collect_in_use(c, keep_path, all))
		return;
	paths_each_doomed(all->paths, forget_path, c);
	collect_forget_groups(c);
	all->doomed_ns = now_ns;
}

void ends_clear(struct ends *all)
{
	struct end *e, *tmp;

	HASH_ITER(hh, all->all, e, tmp)
	{
		HASH_DEL(all->all, e);
		journey_clear(&e->journey);
		free(e);
	}
	paths_free(all->paths);
	resolve_free(all->resolve);
}
