/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill drops: journeys are counted instead of printed, and held against the kernel's counters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/netns.h"
#include "cmd/options.h"
#include "journey/book.h"
#include "output/layers.h"
#include "resolve/counter.h"
#include "resolve/resolve.h"

#define SECOND_NS    1000000000ULL
#define KNOWN_MAX    256
#define KNOWN_FOR_NS SECOND_NS /* rules change */

/* A decider that was asked for a moment ago serves the packets that are alike. */
struct known {
	struct drop drop; /* all but its decider: not owned */
	struct wb_packet packet;
	struct decider *decider;
	uint64_t ts_ns;
};

struct drops {
	struct options o;
	struct live live;
	struct book *book;
	struct resolve *resolve;
	struct counters *counters;
	struct tally all, interval;
	struct known known[KNOWN_MAX];
	size_t n_known;
	uint64_t start_ns, last_ns, lost_before;
	bool stop, no_memory;
	struct text text;
};

static bool alike(const struct known *k, const struct journey *j)
{
	const struct wb_packet *a = &k->packet, *b = &j->packet;

	/* a sender's port says nothing, and floods vary it */
	return j->drop.location_raw == k->drop.location_raw &&
	       j->drop.reason_raw == k->drop.reason_raw && j->drop.station == k->drop.station &&
	       j->drop.at.netns_inum == k->drop.at.netns_inum &&
	       j->drop.at.ifindex == k->drop.at.ifindex && j->drop.sk == k->drop.sk &&
	       a->proto == b->proto && a->dport == b->dport && a->icmp_type == b->icmp_type &&
	       a->tcp_flags == b->tcp_flags && !memcmp(a->saddr, b->saddr, sizeof(a->saddr)) &&
	       !memcmp(a->daddr, b->daddr, sizeof(a->daddr));
}

static void decide_once(struct drops *d, struct journey *j)
{
	struct known *k = NULL;

	if (j->outcome != OUTCOME_DROPPED)
		return;
	for (size_t i = 0; i < d->n_known && !k; i++)
		if (alike(&d->known[i], j))
			k = &d->known[i];
	if (k && k->decider && j->ts_ns - k->ts_ns < KNOWN_FOR_NS) {
		if (!j->drop.decider)
			j->drop.decider = decider_ref(k->decider);
		return;
	}
	resolve_decider(d->resolve, j);
	if (!k)
		k = d->n_known < KNOWN_MAX ? &d->known[d->n_known++]
					   : &d->known[j->ts_ns % KNOWN_MAX];
	decider_unref(k->decider);
	*k = (struct known){.drop = j->drop, .packet = j->packet, .ts_ns = j->ts_ns};
	k->decider = j->drop.decider ? decider_ref(j->drop.decider) : NULL;
}

static void on_journey(void *arg, struct journey *j)
{
	struct drops *d = arg;

	resolve_fate(d->resolve, j);
	decide_once(d, j);
	if (tally_add(&d->all, j) || tally_add(&d->interval, j))
		d->no_memory = true;
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct drops *d = arg;

	resolve_event(d->resolve, ev);
	book_add(d->book, ev);
}

static void print(struct drops *d, struct tally *t, uint64_t ns, bool final)
{
	tally_sort(t);
	text_reset(&d->text);
	if (d->o.json)
		layers_json(&d->text, t, ns, final);
	else
		layers_text(&d->text, t, ns, final);
	if (fwrite(d->text.s, 1, d->text.n, stdout) != d->text.n || fflush(stdout))
		d->stop = true;
}

static void on_tick(void *arg, uint64_t now_ns)
{
	struct drops *d = arg;
	uint64_t interval = d->o.interval_ns;

	book_advance(d->book, now_ns);
	if (!d->last_ns)
		d->start_ns = d->last_ns = now_ns;
	if (!interval)
		interval = d->o.duration_ns ? UINT64_MAX : SECOND_NS;
	if (now_ns - d->last_ns < interval)
		return;
	d->interval.lost_events = d->live.lost_events - d->lost_before;
	d->lost_before = d->live.lost_events;
	print(d, &d->interval, now_ns - d->last_ns, false);
	tally_clear(&d->interval);
	d->last_ns = now_ns;
}

static void on_lost(void *arg, const struct live *l)
{
	struct drops *d = arg;

	(void)l;
	book_lost(d->book);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

static int run(struct drops *d)
{
	struct book_opts bo = {.done = on_journey, .arg = d};
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start info;
	uint32_t netns = 0;
	int r;

	d->live.event = on_event;
	d->live.tick = on_tick;
	d->live.lost = on_lost;
	d->live.arg = d;
	d->live.stop = &d->stop;
	if (resolve_new(&d->resolve) || book_new(&d->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	r = live_open(&d->live, &d->o);
	if (r)
		return r;
	if (d->o.netns)
		netns_parse(d->o.netns, &netns);
	if (counters_new(&d->counters, netns))
		return fail(EXIT_CANNOT, "out of memory");
	live_info(&d->live, &info, missing);
	live_announce(&d->live, &info);
	d->start_ns = now();
	live_run(&d->live);
	book_finish(d->book);
	d->all.lost_events = d->live.lost_events;
	/* a filter hides packets that the kernel's counters count */
	counters_check(d->counters, &d->all, !d->o.filter[0] && !d->o.interface);
	print(d, &d->all, now() - d->start_ns, true);
	return d->no_memory ? fail(EXIT_CANNOT, "out of memory: some sites are missing")
			    : EXIT_DONE;
}

int cmd_drops(int argc, char **argv)
{
	struct drops *d = calloc(1, sizeof(*d));
	int r = EXIT_USAGE;

	if (!d)
		return fail(EXIT_CANNOT, "out of memory");
	d->live.signals = -1;
	if (options_parse(&d->o, FOR_DROPS, argc, argv))
		goto out;
	if (d->o.help) {
		options_help("drops [OPTIONS] [PCAP-FILTER]",
			     "Counts where packets die, layer against layer.", FOR_DROPS);
		r = EXIT_DONE;
		goto out;
	}
	r = run(d);
out:
	fflush(stdout);
	live_close(&d->live);
	book_free(d->book);
	counters_free(d->counters);
	resolve_free(d->resolve);
	tally_clear(&d->all);
	tally_clear(&d->interval);
	for (size_t i = 0; i < d->n_known; i++)
		decider_unref(d->known[i].decider);
	text_free(&d->text);
	options_clear(&d->o);
	free(d);
	return r;
}
