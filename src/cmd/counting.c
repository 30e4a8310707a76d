/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the kernel's sums by path to a tally. A path at which packets die is judged at once, while
 * sockets and rules are as they were; any other when it is first counted.
 */
#include "cmd/counting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/ends.h"
#include "journey/book.h"
#include "causes/counter.h"
#include "host/run_time.h"
#include "util/clock.h"
#include "util/ending.h"

#define SILENCE_NS   (2 * SECOND_NS) /* nothing will come of a packet */
#define KNOWN_FOR_NS SECOND_NS	     /* rules change */
#define ASKS_MAX     64		     /* deciders asked for again in one interval */
#define FRESH_MAX    64

struct counting_work {
	struct ends ends;
	struct book *book; /* of sends that failed: they have no packet to count */
	struct counters *counters;
	struct run_time *run_time;
	uint64_t fresh[FRESH_MAX]; /* paths of drops that came just now */
	size_t n_fresh;
	struct tally interval;
	uint64_t last_ns, lost_before, rested_before;
	unsigned asks;
	bool no_memory;
};

static void on_lone(void *arg, struct journey *j)
{
	struct counting *c = arg;

	if (!filter_passes(&c->live.filter, j))
		return;
	resolve_fate(c->work->ends.resolve, j);
	resolve_decider(c->work->ends.resolve, j);
	if (tally_add(&c->all, j) || tally_add(&c->work->interval, j))
		c->work->no_memory = true;
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct counting *c = arg;
	struct counting_work *w = c->work;

	if (!ev->id) {
		book_add(w->book, ev);
		return;
	}
	if (paths_add(w->ends.paths, ev))
		return;
	if (ev->kind == WB_KIND_DROP && w->n_fresh < FRESH_MAX)
		w->fresh[w->n_fresh++] = ev->id;
}

static void add(struct tally_sums *a, const struct tally_sums *b, int64_t sign)
{
	a->packets += sign * b->packets;
	a->segments += sign * b->segments;
	a->bytes += sign * b->bytes;
	a->cost_ns += sign * b->cost_ns;
	a->here_ns += sign * b->here_ns;
}

static void add_part(struct tally_sums *a, const struct wb_sums *s)
{
	const struct tally_sums part = {.packets = s->packets,
					.segments = s->segments,
					.bytes = s->bytes,
					.cost_ns = s->cost_ns,
					.here_ns = s->here_ns};

	add(a, &part, 1);
}

static int on_sums(void *arg, uint64_t path, const struct wb_sums *s)
{
	struct counting *c = arg;
	struct end *e = ends_find(&c->work->ends, path);

	if (!e)
		return -1;
	add_part(&e->kernel, s);
	return 0;
}

static int on_slot(void *arg, uint64_t path, const struct wb_sums *s)
{
	struct counting *c = arg;
	struct end *e = ends_find(&c->work->ends, path);

	if (!e)
		return -1;
	e->in_slot = true;
	add_part(&e->kernel, s);
	return 0;
}

static int on_silent(void *arg, uint64_t path, const struct wb_sums *s)
{
	struct counting *c = arg;
	struct end *e = ends_find(&c->work->ends, path);

	if (!e)
		return -1;
	add_part(&e->silent, s);
	return 0;
}

/* Its decider may be another by now; not all are asked for at once. */
static bool is_old(struct counting_work *w, const struct end *e, uint64_t now_ns)
{
	return e->journey.outcome == OUTCOME_DROPPED && now_ns > e->judged_ns + KNOWN_FOR_NS &&
	       w->asks < ASKS_MAX && ++w->asks;
}

static void tell(struct counting *c, struct end *e, uint64_t now_ns)
{
	struct counting_work *w = c->work;
	struct tally_sums n = e->kernel;

	add(&n, &e->silent, 1);
	add(&n, &e->told, -1);
	if (!n.packets && !n.bytes && !n.cost_ns)
		return;
	e->counted_ns = now_ns;
	if (!e->judged || is_old(w, e, now_ns))
		ends_judge(&w->ends, e, now_ns);
	if (!e->judged)
		return; /* an event of it is missing: it is sent again */
	add(&e->told, &n, 1);
	n.mixed = e->path & WB_PATH_LEVEL && !e->journey.drop.decider;
	if (tally_count(&c->all, &e->journey, &n) || tally_count(&w->interval, &e->journey, &n))
		w->no_memory = true;
}

/*
 * A read is taken off the path on which the socket was given its last datagram, which may be
 * another than the one that was read: that one then stands among the harmless ends, or in an
 * interval before.
 */
static void settle_queued(struct tally *t)
{
	int64_t queued = t->outcomes[OUTCOME_QUEUED];
	uint64_t *benign = &t->outcomes[OUTCOME_BENIGN];

	if (queued < 0)
		*benign -= *benign < (uint64_t)-queued ? *benign : (uint64_t)-queued;
}

/* Of packets that seemed to have ended in an interval before, and went on in this one. */
static uint64_t *not_less_than_none(uint64_t *n)
{
	if ((int64_t)*n < 0)
		*n = 0;
	return n;
}

/* Each packet that was seen has one of the outcomes. */
static void settle(struct tally *t)
{
	settle_queued(t);
	for (size_t i = 0; i < t->n_sites; i++)
		not_less_than_none(&t->sites[i].packets);
	t->outcomes[OUTCOME_DROPPED] = 0;
	for (int l = 0; l < WB_LAYER_MAX; l++)
		t->outcomes[OUTCOME_DROPPED] += *not_less_than_none(&t->dropped[l]);
	t->seen = 0;
	for (int i = 0; i < OUTCOME_MAX; i++)
		t->seen += *not_less_than_none(&t->outcomes[i]);
}

/* Reads the sums. silent_ns: packets last seen before ended in silence. */
static void count(struct counting *c, uint64_t now_ns, uint64_t silent_ns)
{
	struct counting_work *w = c->work;
	struct end *e, *tmp;

	HASH_ITER(hh, w->ends.all, e, tmp)
	e->kernel = (struct tally_sums){0};
	if (collect_silent(c->live.collect, silent_ns, on_silent, c) ||
	    collect_counts(c->live.collect, on_sums, c) ||
	    collect_slots(c->live.collect, on_slot, c))
		w->no_memory = true;
	collect_consume(c->live.collect, on_event, c, NULL); /* what was counted was told before */
	w->asks = 0;
	HASH_ITER(hh, w->ends.all, e, tmp)
	tell(c, e, now_ns);
	settle(&c->all);
	settle(&w->interval);
	w->interval.drops_only = c->all.drops_only = c->o.drops_only;
	w->interval.budget = c->all.budget = c->o.budget;
	w->interval.lost_events = c->live.lost_events - w->lost_before;
	c->all.lost_events = c->live.lost_events;
	w->lost_before = c->live.lost_events;
	if (!c->all_ns) /* else the run is over */
		c->all.drops_only_ns = collect_rested_ns(c->live.collect, now_ns);
	w->interval.drops_only_ns += c->all.drops_only_ns - w->rested_before;
	w->rested_before = c->all.drops_only_ns;
}

static void on_tick(void *arg, uint64_t now_ns)
{
	struct counting *c = arg;
	struct counting_work *w = c->work;

	if (c->idle)
		c->idle(c);
	for (size_t i = 0; i < w->n_fresh; i++) {
		struct end *e = ends_find(&w->ends, w->fresh[i]);

		if (e)
			ends_judge(&w->ends, e, now_ns);
	}
	w->n_fresh = 0;
	if (collect_began_to_rest(c->live.collect) &&
	    collect_silent(c->live.collect, UINT64_MAX, on_silent, c))
		w->no_memory = true;
	book_advance(w->book, now_ns);
	if (!w->last_ns)
		w->last_ns = now_ns;
	if (now_ns - w->last_ns < c->interval_ns)
		return;
	count(c, now_ns, now_ns - SILENCE_NS);
	run_time_tell(w->run_time, &w->interval);
	w->interval.until_ns = c->all.until_ns = now_ns + c->live.wall_offset;
	ends_age(&w->ends, c->live.collect, now_ns);
	c->show(c, &w->interval, now_ns - w->last_ns);
	tally_clear(&w->interval);
	w->last_ns = now_ns;
}

static void on_lost(void *arg, const struct live *l)
{
	struct counting *c = arg;

	(void)l;
	book_lost(c->work->book);
}

static int open_work(struct counting *c)
{
	struct counting_work *w = c->work = calloc(1, sizeof(*w));
	struct book_opts bo = {.done = on_lone, .arg = c};

	if (!w || resolve_new(&w->ends.resolve) || run_time_new(&w->run_time) ||
	    book_new(&w->book, &bo) || paths_new(&w->ends.paths))
		return fail(EXIT_CANNOT, "out of memory");
	return EXIT_DONE;
}

/* In the broker: other people's programs can't be looked at without rights. */
static void measure(void *arg)
{
	struct counting *c = arg;

	run_time_tick(c->work->run_time, clock_now_ns());
}

static int open_live(struct counting *c)
{
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start info;
	size_t n = c->o.netns.n;
	int r;

	c->live.event = on_event;
	c->live.tick = on_tick;
	c->live.lost = on_lost;
	c->live.arg = c;
	c->live.stop = &c->stop;
	c->live.count = true;
	c->live.keep = measure;
	c->live.resolve = c->work->ends.resolve;
	r = live_open(&c->live, &c->o);
	if (r)
		return r;
	resolve_watch_hooks(c->live.resolve, plan_watched_hooks(collect_plan(c->live.collect)));
	count(c, clock_now_ns(), 0);
	tally_clear(&c->all);
	if (counters_new(&c->work->counters, resolve_names(c->work->ends.resolve), c->live.netns,
			 n))
		return fail(EXIT_CANNOT, "out of memory");
	if (counters_left(c->work->counters) && !c->o.quiet)
		fprintf(stderr,
			"waybill: too many namespaces: the kernel's counters of %zu are not read, "
			"so sites there have no check (-N chooses)\n",
			counters_left(c->work->counters));
	count(c, clock_now_ns(), 0);
	tally_restart(&c->all);
	tally_clear(&c->work->interval);
	r = c->ready ? c->ready(c) : EXIT_DONE;
	if (r)
		return r;
	live_info(&c->live, &info, missing);
	live_announce(&c->live, &info);
	return EXIT_DONE;
}

/* Who ends it waits for them a little longer: without them the sums are not checked. */
static void look_at_counters(struct counting *c, bool all)
{
	struct host *host = names_host(resolve_names(c->work->ends.resolve));

	host_end_with(host, c->live.signals, ENDING_COUNTERS_MS);
	counters_look(c->work->counters, &c->all, all);
	host_end_with(host, c->live.signals, ENDING_JUDGE_MS);
}

void counting_check(struct counting *c, bool whole)
{
	bool exact = !c->o.filter[0] && !c->o.interface.n;

	for (size_t i = 0; i < c->all.n_sites; i++)
		c->all.sites[i].late = c->all.sites[i].packets;
	look_at_counters(c, whole);
	count(c, clock_now_ns(), 0);
	run_time_tell(c->work->run_time, &c->all);
	/* a filter hides packets that the kernel's counters count */
	if (counters_check(c->work->counters, &c->all, exact))
		c->work->no_memory = true;
	if (whole && exact && counters_unseen(c->work->counters, &c->all))
		c->work->no_memory = true;
}

static int newest_first(const struct end *a, const struct end *b)
{
	return (a->counted_ns < b->counted_ns) - (a->counted_ns > b->counted_ns);
}

void counting_journeys(struct counting *c, const struct tally_site *site, size_t n,
		       void (*fn)(void *arg, const struct journey *j), void *arg)
{
	struct ends *ends = &c->work->ends;
	size_t told = 0;

	HASH_SORT(ends->all, newest_first);
	for (const struct end *e = ends->all; e && told < n; e = e->hh.next) {
		struct journey j;

		if (!e->judged || !e->told.packets || !tally_is_site(site, &e->journey) ||
		    ends_journey(ends, e, &j))
			continue;
		j.wall_ns = e->counted_ns + c->live.wall_offset;
		j.number = ++told;
		fn(arg, &j);
		journey_clear(&j);
	}
}

int counting_run(struct counting *c)
{
	int r = open_work(c);

	if (r)
		return r;
	c->live.signals = -1;
	r = open_live(c);
	if (r)
		return r;
	c->start_ns = clock_now_ns();
	live_run(&c->live);
	book_finish(c->work->book);
	count(c, clock_now_ns(), UINT64_MAX);
	c->all_ns = clock_now_ns() - c->start_ns;
	if (c->tells_end)
		counting_check(c, true);
	live_say_undone(&c->live, 0);
	return c->work->no_memory ? fail(EXIT_CANNOT, "out of memory: some sites are missing")
				  : EXIT_DONE;
}

void counting_close(struct counting *c)
{
	struct counting_work *w = c->work;

	tally_clear(&c->all);
	if (!w)
		return;
	live_close(&c->live);
	ends_clear(&w->ends);
	tally_clear(&w->interval);
	book_free(w->book);
	counters_free(w->counters);
	run_time_free(w->run_time);
	free(w);
}
