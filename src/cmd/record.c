/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill record: events and facts to a file. Journeys are followed as trace follows them, because
 * who decided a packet's fate can only be asked while it is fresh; they are counted, not printed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/options.h"
#include "cmd/printing.h"
#include "cmd/recording.h"
#include "cmd/rotate.h"
#include "journey/book.h"
#include "model/fact.h"
#include "record/record.h"
#include "causes/resolve.h"
#include "util/clock.h"

#define FLUSH_NS (SECOND_NS / 2)

struct record {
	struct options o;
	struct live live;
	struct printing printing;
	struct facts *facts;
	struct book *book;
	FILE *out;
	struct recorder *recorder;
	char *name; /* owned: of the file */
	struct sink_start info;
	enum wb_station missing[WB_STATION_MAX];
	uint64_t n, begun_ns, bytes; /* files before this one; when it was begun; in those before */
	uint64_t written_ns;	     /* until when all is in the file */
	uint64_t n_events, n_before; /* of all files; of those before this one */
	int error;
};

static void turn(struct record *c);

/* A sink that only counts: the summary is as read's of the same packets. */
struct counted {
	struct sink sink;
	struct sink *text; /* for its summary */
};

static int on_journey(struct sink *sink, const struct journey *j)
{
	(void)sink;
	(void)j;
	return 0;
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct counted *s = (struct counted *)sink;

	return sink_summary(s->text, sum);
}

static void on_free(struct sink *sink)
{
	struct counted *s = (struct counted *)sink;

	sink_free(s->text);
	free(s);
}

static const struct sink_ops ops = {.journey = on_journey, .summary = on_summary, .free = on_free};

static struct sink *counted_new(bool quiet)
{
	const struct sink_opts o = {.out = stdout, .quiet = quiet};
	struct counted *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sink.ops = &ops;
	s->sink.o = o;
	s->text = sink_text_new(&o);
	if (s->text)
		return &s->sink;
	free(s);
	return NULL;
}

static void check(struct record *c, int r)
{
	if (!r || c->error)
		return;
	c->error = r;
	c->printing.stop = true;
}

static void put_event(struct record *c, const struct wb_event *ev)
{
	if (c->error)
		return;
	check(c, recorder_event(c->recorder, ev));
	c->n_events++;
}

/* What belongs to no packet was told of all sends, also those that nobody wants to know of. */
static bool is_of_send(const struct wb_event *ev)
{
	return !ev->id && (ev->kind == WB_KIND_SEND_FAIL || ev->kind == WB_KIND_ROUTE);
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct record *c = arg;

	if (!is_of_send(ev))
		put_event(c, ev);
	book_add(c->book, ev);
}

static void on_late(void *arg, const struct wb_event *ev)
{
	struct record *c = arg;

	if (!is_of_send(ev))
		put_event(c, ev);
}

/* A send that failed had no packet yet, so the kernel could not ask the filter. */
static void on_done(void *arg, struct journey *j)
{
	struct record *c = arg;
	char id[24];

	if (j->outcome == OUTCOME_NEVER_SENT) {
		if (!filter_passes(&c->live.filter, j))
			return;
		put_event(c, j->send_failed);
	}
	snprintf(id, sizeof(id), "%" PRIu64, j->id);
	printing_journey(&c->printing, j);
	if (!c->error)
		check(c, recorder_fact(c->recorder, RECORD_JUDGED, id));
}

/* The answers that a file begins with may be more than -C: it is not full without a packet. */
static bool is_full(const struct record *c, uint64_t now_ns)
{
	uint64_t bytes = c->n_events > c->n_before ? recorder_bytes(c->recorder) : 0;

	return rotate_due(&c->o, bytes, c->begun_ns, now_ns);
}

static void on_tick(void *arg, uint64_t now_ns)
{
	struct record *c = arg;

	book_advance(c->book, now_ns);
	printing_advance(&c->printing, now_ns);
	if (c->error)
		return;
	check(c, recorder_flush(c->recorder, now_ns));
	/* whatever ends waybill: what was seen until then is in the file */
	if (now_ns - c->written_ns < FLUSH_NS)
		return;
	c->written_ns = now_ns;
	if (fflush(c->out))
		check(c, -(errno ? errno : EIO));
	if (!c->error && is_full(c, now_ns))
		turn(c);
}

static void on_told(void *arg, const struct nft_verdict *v)
{
	struct record *c = arg;

	resolve_told(c->printing.resolve, v);
}

static void on_lost(void *arg, const struct live *l)
{
	struct record *c = arg;
	struct record_lost lost = {.misses = l->misses};

	_Static_assert(sizeof(lost.losses) >= sizeof(l->losses),
		       "a cause has no place in the file");
	memcpy(lost.losses, l->losses, sizeof(l->losses));
	book_lost(c->book);
	if (!c->error)
		check(c, recorder_lost(c->recorder, &lost));
}

static void on_fact(void *arg, const char *key, const char *json)
{
	struct record *c = arg;

	if (c->recorder)
		check(c, recorder_fact(c->recorder, key, json));
}

static int begin_file(struct record *c)
{
	struct record_meta m = {.version = c->info.version,
				.kernel = c->info.kernel,
				.mode = c->info.mode,
				.probes = c->info.probes,
				.missing = c->info.missing,
				.n_missing = c->info.n_missing,
				.wall_offset = c->live.wall_offset};
	int r = recorder_new(&c->recorder, c->out, &m);

	c->begun_ns = clock_now_ns();
	return r;
}

/* Its name as it is now. 0 or -errno. */
static int open_file(struct record *c)
{
	free(c->name);
	c->name = rotate_name(&c->o, c->n, time(NULL));
	if (!c->name)
		return -ENOMEM;
	c->out = recording_create(c->name);
	return c->out ? 0 : -errno;
}

static int close_file(struct record *c)
{
	int r = 0;

	if (c->out && c->out != stdout && fclose(c->out))
		r = -(errno ? errno : EIO);
	c->out = NULL;
	recorder_free(c->recorder);
	c->recorder = NULL;
	return r;
}

/* Goes on in another file, which can be read by itself: it has the answers that came until now. A
 * journey that is open is in both, a part in each. */
static void turn(struct record *c)
{
	uint64_t bytes = recorder_bytes(c->recorder);

	if (rotate_ends(&c->o, c->n)) {
		c->printing.stop = true;
		return;
	}
	check(c, close_file(c));
	if (c->error)
		return;
	c->bytes += bytes;
	c->n_before = c->n_events;
	c->n++;
	check(c, open_file(c));
	if (c->error)
		return;
	check(c, begin_file(c));
	if (!c->error)
		facts_each(c->facts, on_fact, c);
}

static int finish(struct record *c)
{
	uint64_t now_ns = UINT64_MAX / 2; /* after everything: nothing comes any more */
	struct sink_summary *sum = &c->printing.sum;
	struct book_stats stats;

	if (c->live.n_late)
		book_lost(c->book);
	book_finish(c->book);
	sum->lost_events = c->live.lost_events;
	sum->misses = c->live.misses;
	memcpy(sum->losses, c->live.losses, sizeof(sum->losses));
	stats = *book_stats(c->book);
	stats.events = c->n_events;
	printing_summary(&c->printing, &stats);
	live_say_undone(&c->live, c->printing.untold);
	if (!c->error)
		check(c, recorder_flush(c->recorder, now_ns));
	if (!c->error && fflush(c->out))
		c->error = -errno;
	if (c->error)
		return fail(EXIT_CANNOT, "-w %s: %s", c->name, strerror(-c->error));
	if (!c->o.quiet)
		fprintf(stderr, "%" PRIu64 " bytes in %s", c->bytes + recorder_bytes(c->recorder),
			c->name);
	if (!c->o.quiet)
		fprintf(stderr, c->n ? ", the last of %" PRIu64 " files\n" : "\n", c->n + 1);
	return EXIT_DONE;
}

static int run(struct record *c)
{
	struct book_opts bo = {.done = on_done, .arg = c};
	int r;

	if (!c->o.write)
		return fail(EXIT_USAGE, "record: -w FILE is missing: where the recording goes");
	r = rotate_check(&c->o);
	if (r)
		return r;
	c->printing.own = counted_new(c->o.quiet);
	if (!c->printing.own)
		return fail(EXIT_CANNOT, "out of memory");
	r = printing_open(&c->printing, &c->o);
	if (r)
		return r;
	if (facts_new(&c->facts) || book_new(&c->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	c->printing.book = c->book;
	resolve_use_facts(c->printing.resolve, c->facts, false);
	c->live.event = on_event;
	c->live.late = on_late;
	c->live.tick = on_tick;
	c->live.lost = on_lost;
	c->live.told = on_told;
	c->live.arg = c;
	c->live.raw = true;
	c->live.stop = &c->printing.stop;
	c->live.resolve = c->printing.resolve;
	/* while root may still write where others may not */
	r = open_file(c);
	if (r)
		return fail(EXIT_CANNOT, "-w %s: %s", c->name, strerror(-r));
	r = live_open(&c->live, &c->o);
	if (r)
		return r;
	c->printing.wall_offset = c->live.wall_offset;
	live_info(&c->live, &c->info, c->missing);
	r = begin_file(c);
	if (r)
		return fail(EXIT_CANNOT, "-w %s: %s", c->name, strerror(-r));
	facts_tap(c->facts, on_fact, c);
	live_watch(&c->live, c->printing.resolve);
	live_announce(&c->live, &c->info);
	live_look_first(&c->live, c->printing.resolve);
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
	printing_close(&c.printing);
	close_file(&c);
	free(c.name);
	facts_free(c.facts);
	options_clear(&c.o);
	return r;
}
