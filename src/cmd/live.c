/* SPDX-License-Identifier: GPL-2.0-only */
/* Probes after the options, and the loop that reads the rings. */
#include "cmd/live.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/netns.h"
#include "cmd/waiting.h"
#include "host/confine.h"
#include "host/host.h"
#include "host/names.h"
#include "util/clock.h"
#include "util/ending.h"

#define POLL_MS	   5
#define REFRESH_NS SECOND_NS
#define LOSSES_NS  (50 * MS_NS)	 /* what is open between two looks may have a gap */
#define READS_MIN  4		 /* of what is left at the end, on any machine */
#define AFTER_NS   (200 * MS_NS) /* of --until-exit */

static int check_options(struct live *l, struct collect_opts *c)
{
	const struct options *o = l->o;
	char err[512];
	int r;

	if (o->mode)
		c->mode = collect_mode_by_name(o->mode);
	for (size_t i = 0; i < o->attach.n; i++)
		if (!observe_parse(o->attach.word[i], &l->attach[i]))
			return fail(EXIT_USAGE,
				    "--attach %s: not xdp:IF[:native|generic], tc:IF or nf",
				    o->attach.word[i]);
	r = netns_parse_all(&o->netns, l->netns);
	if (r)
		return r;
	memcpy(c->netns, l->netns, sizeof(l->netns));
	if (filter_compile(o->filter, &l->filter, err, sizeof(err)))
		return fail(EXIT_USAGE, "filter '%s': %s", o->filter, err);
	if (o->budget > 100)
		return fail(EXIT_USAGE, "--budget %" PRIu64 ": not a share of a CPU, 1 to 100",
			    o->budget);
	if (o->nft_trace && o->read_only)
		return fail(EXIT_USAGE, "--nft-trace makes a table, which --read-only forbids");
	if (o->nft_trace && coarse_make(o->filter, &l->coarse))
		return fail(EXIT_CANNOT, "out of memory");
	return EXIT_DONE;
}

static void keep(void *arg)
{
	struct live *l = arg;

	collect_keep(l->collect);
}

static void leave(void *arg)
{
	struct live *l = arg;

	collect_leave(l->collect);
}

static int tend(void *arg)
{
	struct live *l = arg;

	if (l->keep)
		l->keep(l->arg);
	return collect_tend(l->collect);
}

static void on_look(void *arg, const struct wb_event *ev)
{
	resolve_event(arg, ev);
}

static void look(void *arg)
{
	collect_look(arg);
}

/* From here on this process only reads; the broker keeps the rights. */
static int part(struct live *l)
{
	const struct host_duty duty = {.enter = keep, .leave = leave, .tend = tend, .arg = l};
	struct host *host = names_host(resolve_names(l->resolve));
	int r = host_start(host, &duty);

	if (r)
		return fail(EXIT_CANNOT, "the process that asks the system can't be started: %s",
			    strerror(-r));
	host_end_with(host, l->signals, ENDING_JUDGE_MS);
	r = collect_part(l->collect);
	if (r)
		return fail(EXIT_CANNOT, "no thread to read the ring buffers: %s", strerror(-r));
	collect_watch(l->collect, on_look, l->resolve);
	host_before_asking(host, look, l->collect);
	l->enters = collect_enters_namespaces();
	live_files_as_owner(l);
	r = host_confine_main(collect_needs(l->collect));
	if (r)
		return fail(EXIT_CANNOT, "rights can't be given up: %s", strerror(-r));
	return EXIT_DONE;
}

int live_open(struct live *l, const struct options *o)
{
	struct collect_opts c = {.mode = MODE_AUTO};
	char err[512] = "out of memory";
	sigset_t set;
	int r;

	l->o = o;
	l->signals = -1;
	r = check_options(l, &c);
	if (r)
		return r;
	c.match_all = l->filter.all;
	c.vlan = l->filter.vlan;
	c.l2 = l->filter.l2.insns;
	c.n_l2 = l->filter.l2.n;
	c.l3 = l->filter.l3.insns;
	c.n_l3 = l->filter.l3.n;
	c.window = l->filter.window;
	memcpy(c.ifnames, o->interface.word, sizeof(c.ifnames));
	c.buffer = o->buffer;
	c.attach = l->attach;
	c.n_attach = o->attach.n;
	c.nft_match = l->coarse.matches;
	c.n_nft_match = l->coarse.n;
	c.read_only = o->read_only;
	c.raw = l->raw;
	c.count = l->count;
	c.budget = o->budget;
	c.drops = l->count && o->drops_only;
	c.spool = !l->count;
	c.verbose = o->verbose > 1;
	r = until_open(&l->until, o->until_exit);
	if (r)
		return fail(EXIT_CANNOT, "--until-exit: %s", strerror(-r));
	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (!o->quiet && isatty(STDERR_FILENO)) {
		waiting_begin();
		c.doing = waiting_for;
	}
	waiting_ends_at_once(l->leave);
	r = collect_open(&l->collect, &c, err, sizeof(err));
	waiting_ends_in_order();
	waiting_end();
	if (r)
		return fail_collect(err);
	l->wall_offset = clock_ns(CLOCK_REALTIME) - clock_now_ns();
	return part(l);
}

void live_info(const struct live *l, struct sink_start *s, enum wb_station *missing)
{
	const struct plan *p = collect_plan(l->collect);

	*s = (struct sink_start){
		.version = WAYBILL_VERSION,
		.kernel = kernel_release(collect_kernel(l->collect)),
		.mode = collect_mode_name(p->mode),
		.probes = p->n_probes,
		.missing = missing,
	};
	for (int i = WB_STATION_NONE + 1; i < WB_STATION_MAX; i++)
		if (!plan_reaches(p, i))
			missing[s->n_missing++] = i;
}

static void look_for_interfaces(const struct live *l)
{
	for (size_t i = 0; i < l->o->interface.n && !l->o->quiet; i++)
		if (!netns_has_interface(resolve_names(l->resolve), &l->o->netns, l->netns,
					 l->o->interface.word[i]))
			fprintf(stderr,
				"waybill: -i %s: there is no such interface yet, in no network "
				"namespace%s\n",
				l->o->interface.word[i], l->o->netns.n ? " of -N" : "");
}

/* What should have been observed and is not. */
static void announce_unobserved(const struct live *l)
{
	const struct plan *p = collect_plan(l->collect);

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++)
		if (p->rows[i].refused)
			fprintf(stderr,
				"waybill: not observed here: what the %s %s would see; %s (-vv "
				"shows what the kernel says)\n",
				p->rows[i].name,
				p->rows[i].kind == PROBE_TRACEPOINT ? "tracepoint"
				: p->rows[i].kind == PROBE_OBSERVER ? "observer"
								    : "function",
				p->rows[i].why);
	if (collect_unobserved(l->collect))
		fprintf(stderr,
			"waybill: not observed at netfilter's hooks: %zu network namespaces, for "
			"want of file descriptors (raise ulimit -Hn, or choose with -N); what "
			"happens at hooks there is told only where it is a drop\n",
			collect_unobserved(l->collect));
	if (*collect_untraced(l->collect))
		fprintf(stderr, "waybill: nftables does not trace in %s\n",
			collect_untraced(l->collect));
}

void live_announce(const struct live *l, const struct sink_start *s)
{
	/* a script waits for the line, also a quiet one */
	if (l->o->quiet && isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "waybill: tracing (kernel %s, mode %s, %u probes%s%s)\n", s->kernel,
		s->mode, s->probes,
		collect_observes_netfilter(l->collect)
			? ", with own observers at the netfilter hooks; --read-only: without"
			: "",
		!l->o->nft_trace		  ? ""
		: !collect_traces_nft(l->collect) ? ", which see the rules: nftables need not trace"
		: l->coarse.all ? ", nftables traces every packet: it has no form of this filter"
				: ", nftables traces what matches");
	announce_unobserved(l);
	if (!names_tell_symbols(resolve_names(l->resolve)))
		fprintf(stderr, "waybill: the kernel does not tell where its functions are "
				"(CAP_SYSLOG; sysctl kernel.kptr_restrict): which of them freed a "
				"packet is not known, nor what depends on it\n");
	if (!l->enters)
		fprintf(stderr, "waybill: without CAP_SYS_ADMIN no other network namespace can be "
				"entered: packets are seen there, but not the names, hooks and "
				"deciders\n");
	else
		look_for_interfaces(l);
}

void live_look_first(const struct live *l, struct resolve *r)
{
	size_t n = 0;

	while (n < WORDS_MAX && l->netns[n])
		n++;
	resolve_look_first(r, l->netns, n);
}

void live_watch(const struct live *l, struct resolve *r)
{
	const struct plan *p = collect_plan(l->collect);

	resolve_watch_icmp(r, plan_watches_icmp(p, 4), plan_watches_icmp(p, 6));
	resolve_watch_hooks(r, plan_watched_hooks(p));
}

/* True: more than before. */
static bool look_for_losses(struct live *l)
{
	uint64_t lost;

	collect_losses(l->collect, l->losses);
	/* a cut journey of a reused address is no lost event */
	lost = l->losses[WB_LOSS_RING_FULL] + l->losses[WB_LOSS_TRACK_FULL] +
	       l->losses[WB_LOSS_NESTED] + l->losses[WB_LOSS_PATHS_FULL] +
	       l->losses[WB_LOSS_SUMS_FULL] + l->misses;
	if (lost <= l->lost_events)
		return false;
	l->lost_events = lost;
	l->lost_last_ns = clock_now_ns();
	if (!l->lost_ns)
		l->lost_ns = l->lost_last_ns;
	return true;
}

static void refresh(struct live *l)
{
	l->misses = collect_misses(l->collect);
	look_for_losses(l);
}

/* Hands over what was collected. Returns the number of events. */
static int hand_over(struct live *l)
{
	uint64_t read_ns;
	int n;

	collect_look(l->collect);
	n = collect_consume(l->collect, l->event, l->arg, &read_ns);

	if (l->told) /* before the tick, which ends the journeys that it is about */
		collect_told(l->collect, l->told, l->arg);
	/* before the tick, too: what was lost may have been the end of those that it ends */
	if (n > 0 && look_for_losses(l))
		l->lost(l->arg, l);
	/* once more, as late as the events that stand beside what was lost */
	if (l->lost_ns && l->lost_ns <= read_ns) {
		l->lost_ns = l->lost_last_ns > read_ns ? l->lost_last_ns : 0;
		l->lost(l->arg, l);
	}
	l->tick(l->arg, read_ns);
	return n;
}

/* What the rings hold, as far as whoever asked it to end waits for that. */
static void read_rest(struct live *l)
{
	uint64_t read_ns;

	for (int n = 0;
	     !*l->stop &&
	     (n < READS_MIN || clock_now_ns() < ending_limit_ns(UINT64_MAX, ENDING_EVENTS_MS));
	     n++)
		if (hand_over(l) <= 0)
			return;
	l->n_late = *l->stop ? 0 : collect_left(l->collect);
	while (l->late && l->n_late && collect_consume(l->collect, l->late, l->arg, &read_ns) > 0)
		;
	if (l->late || !l->n_late)
		return;
	l->lost_events += l->n_late;
	l->lost(l->arg, l);
}

void live_run(struct live *l)
{
	struct pollfd p[] = {{.fd = l->signals, .events = POLLIN},
			     {.fd = l->until.ended, .events = POLLIN}};
	uint64_t start = clock_now_ns(), next = start + REFRESH_NS, next_losses = start, end = 0;
	bool ahead = l->resolve;

	until_go(&l->until);
	while (!*l->stop) {
		uint64_t now = clock_now_ns();
		int n = hand_over(l);

		if (now >= next_losses) {
			look_for_losses(l);
			next_losses = now + LOSSES_NS;
		}
		if (now >= next) {
			refresh(l);
			next = now + REFRESH_NS;
		}
		if ((l->o->duration_ns && now - start >= l->o->duration_ns) || (end && now >= end))
			break;
		if (ahead && n <= 0)
			ahead = names_read_ahead(resolve_names(l->resolve));
		poll(p, 2, n > 0 ? 0 : ahead ? 1 : POLL_MS);
		if (p[0].revents)
			break;
		if (p[1].revents) { /* its last packets may still be on their way */
			end = now + AFTER_NS;
			p[1].fd = -1;
		}
	}
	collect_stop(l->collect);
	refresh(l);
	read_rest(l);
	if (l->lost_ns)
		l->lost(l->arg, l);
}

void live_say_undone(const struct live *l, uint64_t untold)
{
	size_t n = l->resolve ? host_unasked(names_host(resolve_names(l->resolve))) : 0;
	const char *recorded = l->late ? ", which are recorded" : "";

	if (l->o->quiet)
		return;
	if (l->n_late)
		fprintf(stderr,
			"waybill: asked to end, it made no journeys of the last %" PRIu64
			" events%s\n",
			l->n_late, recorded);
	if (untold)
		fprintf(stderr, "waybill: asked to end, it left %" PRIu64 " journeys untold%s\n",
			untold, recorded);
	if (n)
		fprintf(stderr,
			"waybill: asked to end, it left %zu questions to the system unanswered: "
			"what they would have told is \"not read\"\n",
			n);
}

void live_close(struct live *l)
{
	collect_close(l->collect);
	filter_clear(&l->filter);
	coarse_clear(&l->coarse);
	until_close(&l->until, l->o ? l->o->until_exit : NULL);
	if (l->signals >= 0)
		close(l->signals);
}
