/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill drops: the tally of all packets, printed each interval and at the end; of a recording a
 * tally of its journeys.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/counting.h"
#include "cmd/replay.h"
#include "output/layers.h"
#include "util/clock.h"

/* 0 or -errno. */
static int print(const struct options *o, struct tally *t, uint64_t ns, bool final)
{
	enum tally_by by = tally_by_name(o->by);
	struct text out = {0};
	int r = 0;

	tally_sort(t);
	if (o->json)
		layers_json(&out, t, by, ns, final);
	else
		layers_text(&out, t, by, ns, final);
	errno = 0;
	if (fwrite(out.s, 1, out.n, stdout) != out.n || fflush(stdout))
		r = -(errno ? errno : EIO);
	text_free(&out);
	return r;
}

static void show(struct counting *c, struct tally *interval, uint64_t interval_ns)
{
	c->stop |= print(&c->o, interval, interval_ns, false) != 0;
}

/* The journeys of a recording: a sink. */
struct replayed {
	struct sink sink;
	const struct options *o;
	struct tally all, interval;
	uint64_t first_ns, next_ns, last_ns;
};

/* Those that were seen first in the interval before this time. */
static int tell_until(struct replayed *s, uint64_t wall_ns)
{
	int r = 0;

	while (!r && s->o->interval_ns && wall_ns >= s->next_ns) {
		s->interval.until_ns = s->next_ns;
		r = print(s->o, &s->interval, s->o->interval_ns, false);
		tally_clear(&s->interval);
		s->next_ns += s->o->interval_ns;
	}
	return r;
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct replayed *s = (struct replayed *)sink;
	int r;

	if (j->unasked) /* no packet that was counted */
		return 0;
	if (!s->first_ns) {
		s->first_ns = j->wall_ns;
		s->next_ns = j->wall_ns + s->o->interval_ns;
	}
	if (s->last_ns < j->wall_ns + j->duration_ns)
		s->last_ns = j->wall_ns + j->duration_ns;
	r = tell_until(s, j->wall_ns);
	if (!r && (tally_add(&s->all, j) || (s->o->interval_ns && tally_add(&s->interval, j))))
		r = -ENOMEM;
	return r;
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct replayed *s = (struct replayed *)sink;

	s->all.outcomes[OUTCOME_BENIGN] = sum->journeys[OUTCOME_BENIGN];
	s->all.lost_events = sum->lost_events;
	s->all.drops_only = s->o->drops_only;
	s->all.until_ns = s->last_ns;
	if (s->interval.seen && tell_until(s, s->next_ns))
		return -EIO;
	return print(s->o, &s->all, s->last_ns - s->first_ns, true);
}

static void on_free(struct sink *sink)
{
	struct replayed *s = (struct replayed *)sink;

	tally_clear(&s->all);
	tally_clear(&s->interval);
	free(s);
}

static const struct sink_ops ops = {.journey = on_journey, .summary = on_summary, .free = on_free};

static int read_recording(const struct options *o)
{
	struct replayed *s = calloc(1, sizeof(*s));

	if (!s)
		return fail(EXIT_CANNOT, "out of memory");
	s->sink.ops = &ops;
	s->sink.o.out = stdout;
	s->o = o;
	return replay(o, NULL, &s->sink);
}

static int run(struct counting *c)
{
	int r;

	c->show = show;
	c->tells_end = true;
	c->interval_ns = c->o.interval_ns;
	if (!c->interval_ns)
		c->interval_ns = c->o.duration_ns ? UINT64_MAX : SECOND_NS;
	r = counting_run(c);
	if (c->all_ns)
		print(&c->o, &c->all, c->all_ns, true);
	return r;
}

int cmd_drops(int argc, char **argv)
{
	struct counting *c = calloc(1, sizeof(*c));
	int r = EXIT_USAGE;

	if (!c)
		return fail(EXIT_CANNOT, "out of memory");
	if (options_parse(&c->o, FOR_DROPS, argc, argv))
		goto out;
	if (c->o.help) {
		options_help("drops [-r FILE] [OPTIONS] [PCAP-FILTER]",
			     "Counts where packets die, layer against layer.", FOR_DROPS);
		r = EXIT_DONE;
		goto out;
	}
	r = c->o.read ? read_recording(&c->o) : run(c);
out:
	fflush(stdout);
	counting_close(c);
	options_clear(&c->o);
	free(c);
	return r;
}
