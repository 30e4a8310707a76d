/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill trace: options and wiring: rings, book, names, sinks. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/options.h"
#include "cmd/printing.h"
#include "cmd/replay.h"
#include "journey/book.h"

struct trace {
	struct options o;
	struct live live;
	struct printing printing;
	struct book *book;
};

static void on_event(void *arg, const struct wb_event *ev)
{
	struct trace *t = arg;

	book_add(t->book, ev);
}

static void on_tick(void *arg, uint64_t now_ns)
{
	struct trace *t = arg;

	book_advance(t->book, now_ns);
	printing_advance(&t->printing, now_ns);
	printing_flush(&t->printing);
}

/* A send that failed had no packet yet, so the kernel could not ask the filter. */
static bool passes(void *arg, const struct journey *j)
{
	struct trace *t = arg;

	return j->outcome != OUTCOME_NEVER_SENT || filter_passes(&t->live.filter, j);
}

static void on_told(void *arg, const struct nft_verdict *v)
{
	struct trace *t = arg;

	resolve_told(t->printing.resolve, v);
}

static void on_lost(void *arg, const struct live *l)
{
	struct trace *t = arg;

	(void)l;
	book_lost(t->book);
}

/* Was there nothing, or did nothing match? Whoever mistyped a filter can't tell otherwise. */
static void explain_silence(const struct trace *t)
{
	const struct options *o = &t->o;

	if (!collect_looked(t->live.collect))
		fprintf(stderr, "no packet passed at all\n");
	else if (*o->filter || o->interface.n || o->netns.n)
		fprintf(stderr, "packets passed, but none that matches%s%s%s\n",
			*o->filter ? " the filter" : "", o->interface.n ? " -i" : "",
			o->netns.n ? " -N" : "");
}

/* What is unfinished, and the summary. */
static void wind_up(struct trace *t)
{
	struct sink_summary *sum = &t->printing.sum;

	book_finish(t->book);
	sum->lost_events = t->live.lost_events;
	sum->misses = t->live.misses;
	memcpy(sum->losses, t->live.losses, sizeof(sum->losses));
	printing_summary(&t->printing, book_stats(t->book));
	live_say_undone(&t->live, t->printing.untold);
	if (!sum->events && !t->o.json && !t->o.quiet)
		explain_silence(t);
}

static int run(struct trace *t)
{
	struct book_opts bo = {.done = printing_journey, .arg = &t->printing};
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start info;
	int r;

	t->live.event = on_event;
	t->live.tick = on_tick;
	t->live.lost = on_lost;
	t->live.told = on_told;
	t->live.arg = t;
	t->live.raw = t->o.write;
	t->live.stop = &t->printing.stop;
	t->printing.passes = passes;
	t->printing.arg = t;
	r = printing_open(&t->printing, &t->o);
	if (r)
		return r;
	if (book_new(&t->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	t->printing.book = t->book;
	t->live.resolve = t->printing.resolve;
	r = live_open(&t->live, &t->o);
	if (r)
		return r;
	t->printing.wall_offset = t->live.wall_offset;
	live_info(&t->live, &info, missing);
	live_watch(&t->live, t->printing.resolve);
	printing_start(&t->printing, &info);
	live_announce(&t->live, &info);
	live_look_first(&t->live, t->printing.resolve);
	live_run(&t->live);
	wind_up(t);
	return printing_verdict(&t->printing);
}

static int trace(int argc, char **argv, bool flows)
{
	unsigned command = flows ? FOR_FLOWS : FOR_TRACE;
	struct trace t = {.live.signals = -1};
	int r;

	if (options_parse(&t.o, command, argc, argv)) {
		r = EXIT_USAGE;
		goto out;
	}
	t.o.flows = flows;
	if (t.o.help) {
		options_help(flows ? "flows [-r FILE] [OPTIONS] [PCAP-FILTER]"
				   : "[trace] [OPTIONS] [PCAP-FILTER]",
			     flows ? "Follows packets, or those of a recording, and tells each "
				     "conversation, both directions as one."
				   : "Follows packets and prints each one's journey.",
			     command);
		r = EXIT_DONE;
		goto out;
	}
	if (t.o.version) {
		printf("waybill %s\n", WAYBILL_VERSION);
		r = EXIT_DONE;
		goto out;
	}
	r = t.o.read ? replay(&t.o, NULL, NULL) : run(&t);
out:
	fflush(stdout);
	live_close(&t.live);
	book_free(t.book);
	printing_close(&t.printing);
	options_clear(&t.o);
	return r;
}

int cmd_trace(int argc, char **argv)
{
	return trace(argc, argv, false);
}

int cmd_flows(int argc, char **argv)
{
	return trace(argc, argv, true);
}
