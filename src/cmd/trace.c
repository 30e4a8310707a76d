/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill trace: options and wiring: collect, book, resolve, sink. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/netns.h"
#include "cmd/options.h"
#include "collect/collect.h"
#include "filter/filter.h"
#include "journey/book.h"
#include "output/sink.h"
#include "resolve/resolve.h"

#define POLL_MS	   5
#define REFRESH_NS 1000000000ULL

struct trace {
	struct options o;
	struct filter filter;
	struct collect *collect;
	struct book *book;
	struct resolve *resolve;
	struct sink *sinks[2]; /* to standard output; -w: to a file */
	size_t n_sinks;
	struct sink_summary sum;
	uint64_t printed, lost_before;
	int64_t wall_offset;
	bool stop, unexpected, dropped;
	char expect_outcome[32], expect_station[64], expect_reason[64];
	int sink_error;
	const char *sink_where;
};

static uint64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool as_expected(const struct trace *t, const struct journey *j)
{
	const char *station = j->has_drop  ? station_name(j->drop.station)
			      : j->n_steps ? station_name(j->steps[j->n_steps - 1].station)
					   : "";

	if (strcmp(t->expect_outcome, outcome_name(j->outcome)))
		return false;
	if (t->expect_station[0] && strcmp(t->expect_station, station))
		return false;
	return !t->expect_reason[0] || !strcmp(t->expect_reason, j->drop.reason);
}

static bool wanted(const struct trace *t, const struct journey *j)
{
	if (t->o.drops_only && j->outcome != OUTCOME_DROPPED && j->outcome != OUTCOME_NEVER_SENT)
		return false;
	return !t->o.slower_ns || j->duration_ns > t->o.slower_ns;
}

static void sink_result(struct trace *t, size_t i, int r)
{
	if (!r || t->sink_error)
		return;
	t->sink_error = r;
	t->sink_where = i ? t->o.write : "standard output";
}

static void on_journey(void *arg, struct journey *j)
{
	struct trace *t = arg;

	if (t->o.count && t->printed >= t->o.count)
		return;
	resolve_journey(t->resolve, j);
	if (j->outcome == OUTCOME_BENIGN && !t->o.all) {
		t->sum.benign_hidden++;
		t->sum.journeys[OUTCOME_BENIGN]++;
		return;
	}
	t->sum.journeys[j->outcome]++;
	t->dropped |= j->outcome == OUTCOME_DROPPED;
	if (t->o.expect && !as_expected(t, j))
		t->unexpected = true;
	if (!wanted(t, j))
		return;
	j->number = ++t->printed;
	j->wall_ns = j->ts_ns + t->wall_offset;
	for (size_t i = 0; i < t->n_sinks && !t->sink_error; i++)
		sink_result(t, i, t->sinks[i]->ops->journey(t->sinks[i], j));
	if (t->sink_error || (t->o.count && t->printed >= t->o.count))
		t->stop = true;
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct trace *t = arg;

	resolve_event(t->resolve, ev);
	book_add(t->book, ev);
}

static int parse_expect(struct trace *t)
{
	char extra = 0;

	if (!t->o.expect)
		return 0;
	if (sscanf(t->o.expect, "%31[^:]:%63[^:]:%63[^:]%c", t->expect_outcome, t->expect_station,
		   t->expect_reason, &extra) < 1 ||
	    extra)
		return fail(EXIT_USAGE, "--expect %s: not OUTCOME[:STATION[:REASON]]", t->o.expect);
	for (int i = 0; i < OUTCOME_MAX; i++)
		if (!strcmp(outcome_name(i), t->expect_outcome))
			goto station;
	return fail(EXIT_USAGE, "--expect %s: no such outcome as '%s'", t->o.expect,
		    t->expect_outcome);
station:
	if (t->expect_station[0] && !station_by_name(t->expect_station))
		return fail(EXIT_USAGE, "--expect %s: no such station as '%s'", t->o.expect,
			    t->expect_station);
	return 0;
}

static int check_options(struct trace *t, struct collect_opts *c)
{
	char err[512];

	if (t->o.mode)
		c->mode = collect_mode_by_name(t->o.mode);
	for (size_t i = 0; i < t->o.n_attach; i++)
		if (strcmp(t->o.attach[i], "nf") && strncmp(t->o.attach[i], "tc:", 3) &&
		    strncmp(t->o.attach[i], "xdp:", 4))
			return fail(EXIT_USAGE,
				    "--attach %s: not xdp:IF[:native|generic], tc:IF or nf",
				    t->o.attach[i]);
	if (t->o.netns && netns_parse(t->o.netns, &c->netns))
		return fail(EXIT_USAGE,
			    "-N %s: no such network namespace (a name of 'ip netns', a path, a pid "
			    "or an inode number)",
			    t->o.netns);
	if (filter_compile(t->o.filter, &t->filter, err, sizeof(err)))
		return fail(EXIT_USAGE, "filter '%s': %s", t->o.filter, err);
	if (t->o.nft_trace)
		return fail(EXIT_CANNOT, "--nft-trace: not yet in this version");
	for (size_t i = 0; i < t->o.n_attach; i++)
		if (!strncmp(t->o.attach[i], "xdp:", 4))
			return fail(EXIT_CANNOT, "--attach xdp: not yet in this version");
	return parse_expect(t);
}

static bool use_color(const struct options *o)
{
	if (o->color && strcmp(o->color, "auto"))
		return !strcmp(o->color, "always");
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static void announce(struct trace *t)
{
	const struct plan *p = collect_plan(t->collect);
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start s = {
		.version = WAYBILL_VERSION,
		.kernel = kernel_release(collect_kernel(t->collect)),
		.mode = collect_mode_name(p->mode),
		.probes = p->n_probes,
		.missing = missing,
	};

	for (int i = WB_STATION_NONE + 1; i < WB_STATION_MAX; i++)
		if (!plan_reaches(p, i))
			missing[s.n_missing++] = i;
	for (size_t i = 0; i < t->n_sinks; i++)
		sink_result(t, i, t->sinks[i]->ops->start(t->sinks[i], &s));
	/* a script waits for the line, also a quiet one */
	if (!t->o.quiet || !isatty(STDERR_FILENO))
		fprintf(stderr, "waybill: tracing (kernel %s, mode %s, %u probes%s)\n", s.kernel,
			s.mode, s.probes,
			collect_observes_netfilter(t->collect)
				? ", with own observers at the netfilter hooks; --read-only: "
				  "without"
				: "");
}

static uint64_t count_losses(struct trace *t)
{
	uint64_t lost;

	collect_losses(t->collect, t->sum.losses);
	t->sum.misses = collect_misses(t->collect);
	/* a cut journey of a reused address is no lost event */
	lost = t->sum.losses[WB_LOSS_RING_FULL] + t->sum.losses[WB_LOSS_TRACK_FULL] +
	       t->sum.losses[WB_LOSS_NESTED] + t->sum.misses;
	t->sum.lost_events = lost;
	return lost;
}

static void refresh(struct trace *t)
{
	uint64_t lost = count_losses(t);

	if (lost > t->lost_before)
		book_lost(t->book);
	t->lost_before = lost;
	collect_refresh(t->collect);
}

static void loop(struct trace *t, int signals)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC), next = start + REFRESH_NS;

	while (!t->stop) {
		struct pollfd p = {.fd = signals, .events = POLLIN};
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		int n = collect_consume(t->collect, on_event, t);

		book_advance(t->book, now);
		if (now >= next) {
			refresh(t);
			next = now + REFRESH_NS;
		}
		if (t->o.duration_ns && now - start >= t->o.duration_ns)
			break;
		if (poll(&p, 1, n > 0 ? 0 : POLL_MS) > 0)
			break;
	}
}

/* The rest of what the kernel sent, what is unfinished, and the summary. */
static void wind_up(struct trace *t)
{
	collect_consume(t->collect, on_event, t);
	refresh(t);
	book_finish(t->book);
	t->sum.events = book_stats(t->book)->events;
	for (size_t i = 0; i < t->n_sinks && !t->sink_error; i++)
		if (i || t->o.json || !t->o.quiet)
			sink_result(t, i, t->sinks[i]->ops->summary(t->sinks[i], &t->sum));
}

static int verdict(const struct trace *t)
{
	uint64_t all = 0;

	/* a reader that has seen enough (head) is no failure */
	if (t->sink_error && t->sink_error != -EPIPE)
		return fail(EXIT_CANNOT, "%s: %s", t->sink_where, strerror(-t->sink_error));
	for (int i = 0; i < OUTCOME_MAX; i++)
		all += i == OUTCOME_BENIGN ? 0 : t->sum.journeys[i];
	if (t->o.expect && (t->unexpected || !all)) {
		if (!all)
			return fail(EXIT_EXPECTATION, "--expect %s: there was no journey",
				    t->o.expect);
		return EXIT_EXPECTATION;
	}
	return t->o.fail_on_drop && t->dropped ? EXIT_EXPECTATION : EXIT_DONE;
}

/* Where the journeys go. An exit code. */
static int open_sinks(struct trace *t)
{
	struct sink_opts so = {.out = stdout,
			       .color = use_color(&t->o),
			       .numeric = t->o.numeric,
			       .verbose = t->o.verbose};

	t->sinks[0] = t->o.json ? sink_json_new(&so) : sink_text_new(&so);
	if (!t->sinks[0])
		return fail(EXIT_CANNOT, "out of memory");
	t->n_sinks = 1;
	if (!t->o.write)
		return EXIT_DONE;
	so.out = fopen(t->o.write, "we");
	if (!so.out)
		return fail(EXIT_CANNOT, "-w %s: %s", t->o.write, strerror(errno));
	t->sinks[1] = sink_pcapng_new(&so);
	if (!t->sinks[1]) {
		fclose(so.out);
		return fail(EXIT_CANNOT, "out of memory");
	}
	t->n_sinks = 2;
	return EXIT_DONE;
}

static int run(struct trace *t, struct collect_opts *c)
{
	struct book_opts bo = {.done = on_journey, .arg = t};
	char err[512] = "out of memory";
	int signals;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (open_sinks(t))
		return EXIT_CANNOT;
	if (resolve_new(&t->resolve) || book_new(&t->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	if (collect_open(&t->collect, c, err, sizeof(err)))
		return fail(EXIT_CANNOT, "%s", err);
	t->wall_offset = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	announce(t);
	loop(t, signals);
	wind_up(t);
	close(signals);
	return verdict(t);
}

int cmd_trace(int argc, char **argv)
{
	struct trace t = {0};
	struct collect_opts c = {.mode = MODE_AUTO};
	int r;

	if (options_parse(&t.o, FOR_TRACE, argc, argv)) {
		r = EXIT_USAGE;
		goto out;
	}
	if (t.o.help) {
		options_help("[trace] [OPTIONS] [PCAP-FILTER]",
			     "Follows packets and prints each one's journey.", FOR_TRACE);
		r = EXIT_DONE;
		goto out;
	}
	if (t.o.version) {
		printf("waybill %s\n", WAYBILL_VERSION);
		r = EXIT_DONE;
		goto out;
	}
	r = check_options(&t, &c);
	if (r)
		goto out;
	c.match_all = t.filter.all;
	c.l2 = t.filter.l2.insns;
	c.n_l2 = t.filter.l2.n;
	c.l3 = t.filter.l3.insns;
	c.n_l3 = t.filter.l3.n;
	c.window = t.filter.window;
	c.ifname = t.o.interface;
	c.buffer = t.o.buffer;
	c.attach = t.o.attach;
	c.n_attach = t.o.n_attach;
	c.read_only = t.o.read_only;
	c.raw = t.o.write;
	c.verbose = t.o.verbose > 1;
	r = run(&t, &c);
out:
	fflush(stdout);
	collect_close(t.collect);
	book_free(t.book);
	resolve_free(t.resolve);
	for (size_t i = 0; i < t.n_sinks; i++)
		t.sinks[i]->ops->free(t.sinks[i]);
	filter_clear(&t.filter);
	options_clear(&t.o);
	return r;
}
