/* SPDX-License-Identifier: GPL-2.0-only */
/* Finished journeys: named, counted, compared with --expect, chosen and printed. */
#include "cmd/printing.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/flow_sink.h"
#include "cmd/latency_sink.h"
#include "cmd/slowest_sink.h"
#include "util/clock.h"
#include "util/ending.h"

#define LATE_MAX   2000	      /* once to judge, once to print */
#define OUT_BUFFER (64 << 10) /* as much as a pipe takes at once */

static bool wanted(const struct printing *p, const struct journey *j)
{
	if (p->o->drops_only && j->outcome != OUTCOME_DROPPED && j->outcome != OUTCOME_NEVER_SENT)
		return false;
	return !p->o->slower_ns || j->duration_ns > p->o->slower_ns;
}

static void sink_result(struct printing *p, size_t i, int r)
{
	if (!r || p->sink_error)
		return;
	p->sink_error = r;
	p->sink_where = p->sinks[i]->o.out == stdout ? "standard output" : p->o->write;
}

/* A connection's last FIN may end harmlessly, with the socket that it was for; that it came is part
 * of the connection's story. */
static bool ends_connection(const struct journey *j)
{
	return j->has_packet && j->packet.family && j->packet.proto == IPPROTO_TCP &&
	       j->packet.tcp_flags & TH_FIN && j->n_steps > 1;
}

/* One that is not printed, while a copy of it may be. */
static void keep_parent(struct printing *p, struct journey *j)
{
	struct journey *place = &p->parents[p->next_parent++ % PARENTS_KEPT];

	if (!j->last_copy_ns || p->o->flows)
		return;
	journey_clear(place);
	*place = *j;
	*j = (struct journey){0};
}

/* The packet of which it is a copy, where it was before: told to who reads, as it was not chosen.
 */
static void tell_parent(struct printing *p, uint64_t id)
{
	struct journey *j = NULL;

	for (size_t i = 0; id && i < PARENTS_KEPT && !j; i++)
		j = p->parents[i].id == id ? &p->parents[i] : NULL;
	if (!j)
		return;
	numbers_give(&p->numbers, j);
	j->wall_ns = j->ts_ns + p->wall_offset;
	for (size_t i = 0; i < p->n_sinks && !p->sink_error; i++)
		if (p->sinks[i]->ops->context)
			sink_result(p, i, p->sinks[i]->ops->context(p->sinks[i], j));
	journey_clear(j);
	*j = (struct journey){0};
}

/* Hidden, and counted. */
static void hide(struct printing *p, struct journey *j)
{
	p->sum.benign_hidden++;
	p->sum.journeys[OUTCOME_BENIGN]++;
	if (!p->o->flows || !ends_connection(j) || p->sink_error) {
		keep_parent(p, j);
		return;
	}
	j->wall_ns = j->ts_ns + p->wall_offset;
	sink_result(p, 0, p->sinks[0]->ops->journey(p->sinks[0], j));
}

/*
 * Of what is followed for another's sake, that it went well says nothing. Who made a packet wants
 * to know of each what became of it.
 */
static bool is_needless(const struct journey *j)
{
	return !j->made && (j->outcome == OUTCOME_BENIGN ||
			    (j->unasked && (j->outcome == OUTCOME_DELIVERED ||
					    j->outcome == OUTCOME_TRANSMITTED)));
}

/* Who ends it does not wait for all of what came just before; a few are told on any machine. */
static bool is_too_late(struct printing *p)
{
	if (clock_now_ns() < ending_limit_ns(UINT64_MAX, ENDING_TELL_MS) || p->n_late++ < LATE_MAX)
		return false;
	p->untold++;
	return true;
}

/* Everything about it is known. */
static void count_and_print(void *arg, struct journey *j)
{
	struct printing *p = arg;

	if ((p->o->count && p->printed >= p->o->count) || is_too_late(p))
		return;
	resolve_others(p->resolve, j);
	if ((p->passes && !p->passes(p->arg, j)) || !choose_passes(&p->choose, j))
		return;
	if (is_needless(j) && !p->o->all) {
		hide(p, j);
		return;
	}
	p->sum.journeys[j->outcome]++;
	if ((!p->o->sends || j->made) && !j->unasked) /* else it is an answer */
		expect_count(&p->expect, j);
	if (!wanted(p, j)) {
		keep_parent(p, j);
		return;
	}
	tell_parent(p, journey_copy_of(j));
	p->printed += !j->unasked;
	numbers_give(&p->numbers, j);
	resent_look(&p->resent, j);
	j->wall_ns = j->ts_ns + p->wall_offset;
	for (size_t i = 0; i < p->n_sinks && !p->sink_error; i++)
		sink_result(p, i, p->sinks[i]->ops->journey(p->sinks[i], j));
	if (p->sink_error || (p->o->count && p->printed >= p->o->count))
		p->stop = true;
}

void printing_journey(void *arg, struct journey *j)
{
	struct printing *p = arg;

	if ((p->o->count && p->printed >= p->o->count) || is_too_late(p))
		return;
	resolve_journey(p->resolve, j);
	if (!choose_at_end(&p->choose, j))
		return;
	if (!resolve_awaits_others(j) || !answered_hold(&p->answered, j))
		order_put(&p->order, j);
}

static void in_order(void *arg, struct journey *j)
{
	struct printing *p = arg;

	order_put(&p->order, j);
}

void printing_advance(struct printing *p, uint64_t now_ns)
{
	uint64_t open_ns = p->book ? book_oldest_ns(p->book) : UINT64_MAX, held_ns;

	answered_release(&p->answered, now_ns, in_order, p);
	held_ns = answered_oldest_ns(&p->answered);
	order_release(&p->order, now_ns, held_ns < open_ns ? held_ns : open_ns, count_and_print, p);
	if (now_ns != UINT64_MAX)
		now_ns += p->wall_offset;
	for (size_t i = 0; i < p->n_sinks && !p->sink_error; i++)
		sink_result(p, i, sink_tick(p->sinks[i], now_ns));
}

static bool ascii_only(void)
{
	return !setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

/* Where nobody says how wide it is, 80 columns are taken. */
static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	long n = columns ? strtol(columns, NULL, 10) : 0;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		n = size.ws_col;
	return n < 80 ? 80 : n > 1000 ? 1000 : n;
}

static bool use_color(const struct options *o)
{
	if (o->color && strcmp(o->color, "auto"))
		return !strcmp(o->color, "always");
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static enum write_at write_at(const char *word)
{
	return !word || !strcmp(word, "both") ? WRITE_AT_BOTH
	       : !strcmp(word, "first")	      ? WRITE_AT_FIRST
					      : WRITE_AT_LAST;
}

void printing_opts(struct sink_opts *ret, const struct options *o)
{
	*ret = (struct sink_opts){.out = stdout,
				  .color = use_color(o),
				  .ascii = ascii_only(),
				  .width = terminal_width(),
				  .lines_fit = isatty(STDOUT_FILENO),
				  .fold = !o->no_fold,
				  .brief = o->brief,
				  .time = wall_format_by_name(o->time),
				  .write_at = write_at(o->write_at),
				  .snaplen = o->snaplen,
				  .numeric = o->numeric,
				  .verbose = o->verbose,
				  .quiet = o->quiet};
}

static int add(struct printing *p, struct sink *s)
{
	if (!s)
		return fail(EXIT_CANNOT, "out of memory");
	p->sinks[p->n_sinks++] = s;
	return EXIT_DONE;
}

/* What is read on standard output: journeys, conversations, or where their time went. */
static int open_text(struct printing *p, const struct sink_opts *so)
{
	const struct options *o = p->o;
	struct sink *s;
	int r;

	if (o->flows) {
		r = add(p, sink_flows_new(so, o->json, o->interval_ns ? o->interval_ns : SECOND_NS,
					  o->slowest));
		return r || !o->histogram ? r : add(p, sink_latency_new(so, o->json, NULL));
	}
	s = o->json ? sink_json_new(so) : sink_text_new(so);
	if (s && o->histogram)
		s = sink_latency_new(so, o->json, s);
	else if (s && o->slowest)
		s = sink_slowest_new(s, o->slowest);
	return add(p, s);
}

/* Where the journeys go. An exit code. */
static int open_sinks(struct printing *p)
{
	bool to_stdout = p->o->write && !strcmp(p->o->write, "-");
	struct sink_opts so;
	int r = EXIT_DONE;

	printing_opts(&so, p->o);
	if (to_stdout && !p->own && (p->o->json || isatty(STDOUT_FILENO)))
		return fail(EXIT_USAGE, "-w -: standard output is %s",
			    p->o->json ? "for -j already"
				       : "a terminal, which can't show a pcapng file");
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, OUT_BUFFER);
	if (p->own)
		p->sinks[p->n_sinks++] = p->own;
	else if (to_stdout) /* instead of the text */
		r = add(p, sink_pcapng_new(&so));
	else
		r = open_text(p, &so);
	if (r)
		return r;
	if (p->own || !p->o->write || !strcmp(p->o->write, "-"))
		return EXIT_DONE;
	so.out = fopen(p->o->write, "we");
	if (!so.out)
		return fail(EXIT_CANNOT, "-w %s: %s", p->o->write, strerror(errno));
	r = add(p, sink_pcapng_new(&so));
	if (r)
		fclose(so.out);
	return r;
}

int printing_open(struct printing *p, const struct options *o)
{
	int r;

	p->o = o;
	signal(SIGPIPE, SIG_IGN);
	r = choose_parse(&p->choose, o);
	if (!r)
		r = expect_parse(&p->expect, &o->expect);
	if (r)
		return r;
	if (resolve_new(&p->resolve))
		return fail(EXIT_CANNOT, "out of memory");
	if (o->verbose || o->sends)
		resolve_tell_accepts(p->resolve);
	return open_sinks(p);
}

void printing_flush(struct printing *p)
{
	if (p->sink_error || !fflush(stdout))
		return;
	sink_result(p, 0, -(errno ? errno : EIO));
	p->stop = true;
}

void printing_start(struct printing *p, const struct sink_start *info)
{
	for (size_t i = 0; i < p->n_sinks; i++)
		sink_result(p, i, sink_start(p->sinks[i], info));
	printing_flush(p);
}

void printing_summary(struct printing *p, const struct book_stats *stats)
{
	p->sum.events = stats->events;
	p->sum.evicted = stats->evicted;
	p->sum.malformed = stats->malformed;
	printing_advance(p, UINT64_MAX);
	printing_flush(p);
	if (!p->own)				 /* which has them, all the same */
		p->sum.lost_events += p->untold; /* of each at least one */
	for (size_t i = 0; i < p->n_sinks && !p->sink_error; i++)
		sink_result(p, i, sink_summary(p->sinks[i], &p->sum));
	printing_flush(p);
}

int printing_verdict(const struct printing *p)
{
	uint64_t all = 0;
	int r;

	/* a reader that has seen enough (head), or that a signal made us leave, is no failure */
	if (p->sink_error && p->sink_error != -EPIPE && p->sink_error != -ECANCELED)
		return fail(EXIT_CANNOT, "%s: %s", p->sink_where, strerror(-p->sink_error));
	for (int i = 0; i < OUTCOME_MAX; i++)
		all += i == OUTCOME_BENIGN ? 0 : p->sum.journeys[i];
	r = expect_verdict(&p->expect, all);
	if (r)
		return r;
	if (p->o->fail_on_drop && p->sum.journeys[OUTCOME_DROPPED])
		return fail(EXIT_EXPECTATION, "--fail-on-drop: %llu journeys ended in a drop",
			    (unsigned long long)p->sum.journeys[OUTCOME_DROPPED]);
	return EXIT_DONE;
}

void printing_close(struct printing *p)
{
	fflush(stdout);
	if (!p->n_sinks)
		sink_free(p->own);
	for (size_t i = 0; i < p->n_sinks; i++)
		sink_free(p->sinks[i]);
	answered_clear(&p->answered);
	order_clear(&p->order);
	for (size_t i = 0; i < PARENTS_KEPT; i++)
		journey_clear(&p->parents[i]);
	numbers_clear(&p->numbers);
	resolve_free(p->resolve);
}
