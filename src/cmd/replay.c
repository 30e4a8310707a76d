/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See replay.h. Only events and answers come from the file, and each journey is judged anew, by the
 * answers that it had.
 */
#include "cmd/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/answers.h"
#include "cmd/choose.h"
#include "cmd/cmd.h"
#include "cmd/printing.h"
#include "cmd/recording.h"
#include "filter/filter.h"
#include "host/confine.h"
#include "journey/book.h"
#include "model/fact.h"
#include "record/record.h"

struct replay {
	const struct options *o;
	struct printing printing;
	struct filter filter;
	struct facts *facts;
	struct book *book;
	struct answers answers;
	struct recording_in in;
	uint64_t cut; /* where it ends before a chunk's end, 0: it doesn't */
};

static void on_fact(void *arg, const char *key, const char *json)
{
	struct replay *p = arg;

	answers_put(&p->answers, key, json);
}

static void on_meta(void *arg, const struct record_meta *m)
{
	struct replay *p = arg;
	struct sink_start info = {.version = m->version,
				  .kernel = m->kernel,
				  .mode = m->mode,
				  .probes = m->probes,
				  .missing = m->missing,
				  .n_missing = m->n_missing};

	p->printing.wall_offset = m->wall_offset;
	printing_start(&p->printing, &info);
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct replay *p = arg;

	answers_before_marks(&p->answers);
	resolve_event(p->printing.resolve, ev);
	book_add(p->book, ev);
}

static void on_advance(void *arg, uint64_t now_ns)
{
	struct replay *p = arg;

	book_advance(p->book, now_ns);
	answers_all(&p->answers);
	printing_advance(&p->printing, now_ns);
}

static void on_done(void *arg, struct journey *j)
{
	struct replay *p = arg;

	answers_for(&p->answers, j->id);
	printing_journey(&p->printing, j);
}

static void on_lost(void *arg, const struct record_lost *lost)
{
	struct replay *p = arg;
	struct sink_summary *sum = &p->printing.sum;

	memcpy(sum->losses, lost->losses, sizeof(sum->losses));
	sum->misses = lost->misses;
	sum->lost_events = lost->losses[WB_LOSS_RING_FULL] + lost->losses[WB_LOSS_TRACK_FULL] +
			   lost->losses[WB_LOSS_NESTED] + lost->misses;
	book_lost(p->book);
}

static void on_cut(void *arg, uint64_t at)
{
	struct replay *p = arg;

	p->cut = at;
}

static bool on_stop(void *arg)
{
	struct replay *p = arg;

	return p->printing.stop;
}

/* One of the words, if there are any. */
static bool was_at_one(const struct journey *j, const struct words *netns, const struct words *dev)
{
	const struct words *words = netns ? netns : dev;

	for (size_t i = 0; i < words->n; i++)
		if (choose_was_at(j, netns ? words->word[i] : NULL, dev ? words->word[i] : NULL))
			return true;
	return !words->n;
}

static bool passes(void *arg, const struct journey *j)
{
	struct replay *p = arg;

	return was_at_one(j, NULL, &p->o->interface) && was_at_one(j, &p->o->netns, NULL) &&
	       filter_passes(&p->filter, j);
}

/* An exit code; a damaged file prints what it holds up to there. */
static int replay_file(struct replay *p)
{
	struct record_reader reader = {.meta = on_meta,
				       .event = on_event,
				       .advance = on_advance,
				       .fact = on_fact,
				       .lost = on_lost,
				       .cut = on_cut,
				       .stop = on_stop,
				       .arg = p};
	char err[256] = "";
	int r, verdict;

	r = record_read(p->in.f, &reader, err, sizeof(err));
	book_finish(p->book);
	if (!r || book_stats(p->book)->events)
		printing_summary(&p->printing, book_stats(p->book));
	verdict = printing_verdict(&p->printing);
	if (r)
		return fail(EXIT_CANNOT, "-r %s: %s", p->o->read, err[0] ? err : strerror(-r));
	if (p->cut && !p->o->quiet)
		fprintf(stderr,
			"waybill: -r %s: it ends within a chunk, at byte %llu: it is still "
			"written, or was cut off\n",
			p->o->read, (unsigned long long)p->cut);
	return verdict;
}

/* A recording may come from anywhere. */
static int give_up_rights(void)
{
	tzset();
	return host_confine(HOST_READER);
}

static int run(struct replay *p)
{
	struct book_opts bo = {.done = on_done, .arg = p};
	char err[512];
	int r;

	r = printing_open(&p->printing, p->o);
	if (r)
		return r;
	if (filter_compile(p->o->filter, &p->filter, err, sizeof(err)))
		return fail(EXIT_USAGE, "filter '%s': %s", p->o->filter, err);
	r = p->in.f ? 0 : recording_open(p->o->read, &p->in);
	if (r)
		return fail(EXIT_CANNOT, "-r %s: %s", p->o->read, strerror(-r));
	r = give_up_rights();
	if (r)
		return fail(EXIT_CANNOT, "rights can't be given up: %s", strerror(-r));
	r = recording_unpack(&p->in);
	if (r)
		return fail(EXIT_CANNOT, "-r %s: %s", p->o->read, strerror(-r));
	if (facts_new(&p->facts) || book_new(&p->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	p->printing.book = p->book;
	resolve_use_facts(p->printing.resolve, p->facts, true);
	p->answers.resolve = p->printing.resolve;
	p->printing.passes = passes;
	p->printing.arg = p;
	return replay_file(p);
}

int replay(const struct options *o, struct recording_in *in, struct sink *sink)
{
	struct replay p = {.o = o, .printing.own = sink, .in.packed = -1};
	int r;

	if (in)
		p.in = *in;
	r = run(&p);
	book_free(p.book);
	printing_close(&p.printing);
	answers_clear(&p.answers);
	facts_free(p.facts);
	filter_clear(&p.filter);
	recording_close(&p.in);
	return r;
}
