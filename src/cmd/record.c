/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill record: events and facts to a file. Journeys are followed as trace follows them, because
 * who decided a packet's fate can only be asked while it is fresh; they are not printed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/options.h"
#include "cmd/recording.h"
#include "journey/book.h"
#include "model/fact.h"
#include "record/record.h"
#include "causes/resolve.h"
#include "util/clock.h"

#define FLUSH_NS (SECOND_NS / 2)

struct record {
	struct options o;
	struct live live;
	struct resolve *resolve;
	struct facts *facts;
	struct book *book;
	FILE *out;
	struct recorder *recorder;
	uint64_t journeys;
	uint64_t written_ns; /* until when all is in the file */
	bool stop;
	int error;
};

static void check(struct record *c, int r)
{
	if (!r || c->error)
		return;
	c->error = r;
	c->stop = true;
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct record *c = arg;

	resolve_event(c->resolve, ev);
	check(c, recorder_event(c->recorder, ev));
	book_add(c->book, ev);
}

static void on_tick(void *arg, uint64_t now_ns)
{
	struct record *c = arg;

	book_advance(c->book, now_ns);
	check(c, recorder_flush(c->recorder, now_ns));
	/* whatever ends waybill: what was seen until then is in the file */
	if (now_ns - c->written_ns < FLUSH_NS)
		return;
	c->written_ns = now_ns;
	if (fflush(c->out))
		check(c, -(errno ? errno : EIO));
}

static void on_told(void *arg, const struct nft_verdict *v)
{
	struct record *c = arg;

	resolve_told(c->resolve, v);
}

static void on_lost(void *arg, const struct live *l)
{
	struct record *c = arg;
	struct record_lost lost = {.misses = l->misses};

	_Static_assert(sizeof(lost.losses) >= sizeof(l->losses),
		       "a cause has no place in the file");
	memcpy(lost.losses, l->losses, sizeof(l->losses));
	book_lost(c->book);
	check(c, recorder_lost(c->recorder, &lost));
}

static void on_journey(void *arg, struct journey *j)
{
	struct record *c = arg;

	resolve_journey(c->resolve, j);
	if (j->outcome == OUTCOME_BENIGN)
		return;
	c->journeys++;
	if (c->o.count && c->journeys >= c->o.count)
		c->stop = true;
}

static void on_fact(void *arg, const char *key, const char *json)
{
	struct record *c = arg;

	check(c, recorder_fact(c->recorder, key, json));
}

static int begin_file(struct record *c, const struct sink_start *info)
{
	struct record_meta m = {.version = info->version,
				.kernel = info->kernel,
				.mode = info->mode,
				.probes = info->probes,
				.missing = info->missing,
				.n_missing = info->n_missing,
				.wall_offset = c->live.wall_offset};
	int r;

	r = recorder_new(&c->recorder, c->out, &m);
	if (r)
		return fail(EXIT_CANNOT, "-w %s: %s", c->o.write, strerror(-r));
	facts_tap(c->facts, on_fact, c);
	return EXIT_DONE;
}

static int finish(struct record *c)
{
	uint64_t now_ns = UINT64_MAX / 2; /* after everything: nothing comes any more */

	book_finish(c->book);
	check(c, recorder_flush(c->recorder, now_ns));
	if (!c->error && fflush(c->out))
		c->error = -errno;
	if (c->error)
		return fail(EXIT_CANNOT, "-w %s: %s", c->o.write, strerror(-c->error));
	if (!c->o.quiet)
		fprintf(stderr,
			"waybill: %" PRIu64 " events, %" PRIu64 " journeys, %" PRIu64
			" bytes in %s; %" PRIu64 " events lost\n",
			book_stats(c->book)->events, c->journeys, recorder_bytes(c->recorder),
			c->o.write, c->live.lost_events);
	return EXIT_DONE;
}

static int run(struct record *c)
{
	struct book_opts bo = {.done = on_journey, .arg = c};
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start info;
	int r;

	if (!c->o.write)
		return fail(EXIT_USAGE, "record: -w FILE is missing: where the recording goes");
	if (facts_new(&c->facts) || resolve_new(&c->resolve) || book_new(&c->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	resolve_use_facts(c->resolve, c->facts, false);
	c->live.event = on_event;
	c->live.tick = on_tick;
	c->live.lost = on_lost;
	c->live.told = on_told;
	c->live.arg = c;
	c->live.raw = true;
	c->live.stop = &c->stop;
	c->live.resolve = c->resolve;
	/* while root may still write where others may not */
	c->out = recording_create(c->o.write);
	if (!c->out)
		return fail(EXIT_CANNOT, "-w %s: %s", c->o.write, strerror(errno));
	r = live_open(&c->live, &c->o);
	if (r)
		return r;
	live_info(&c->live, &info, missing);
	r = begin_file(c, &info);
	if (r)
		return r;
	live_watch(&c->live, c->resolve);
	live_announce(&c->live, &info);
	live_run(&c->live);
	return finish(c);
}

int cmd_record(int argc, char **argv)
{
	struct record c = {.live.signals = -1};
	int r;

	if (options_parse(&c.o, FOR_RECORD, argc, argv)) {
		r = EXIT_USAGE;
		goto out;
	}
	if (c.o.help) {
		options_help("record -w FILE [OPTIONS] [PCAP-FILTER]",
			     "Follows packets into a file, for 'waybill read'.", FOR_RECORD);
		r = EXIT_DONE;
		goto out;
	}
	r = run(&c);
out:
	fflush(stdout);
	live_close(&c.live);
	book_free(c.book);
	resolve_free(c.resolve);
	recorder_free(c.recorder);
	if (c.out && c.out != stdout)
		fclose(c.out);
	facts_free(c.facts);
	options_clear(&c.o);
	return r;
}
