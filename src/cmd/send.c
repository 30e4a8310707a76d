/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill send: options and wiring. The packets are made before anything else (send_list.c), put in
 * and swallowed by a process that keeps its rights (send_agent.c), and followed as trace does;
 * what is said of their end is in send_tell.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/live.h"
#include "cmd/netns.h"
#include "cmd/printing.h"
#include "cmd/send_tell.h"
#include "host/find_netns.h"
#include "journey/book.h"
#include "util/clock.h"

#define ANSWERS_NS (60 * MS_NS)	   /* after the packet's end: for what comes back */
#define WAITING_NS (300 * MS_NS)   /* for a neighbour that is not asked */
#define SILENCE_NS (3 * SECOND_NS) /* without any end */

struct send {
	struct options o;
	struct live live;
	struct printing printing;
	struct book *book;
	struct agent agent;
	struct send_list list;
	uint32_t netns, ifindex;
	bool stop;
	/* the packet that is on its way */
	size_t at;
	bool under_way, told;
	uint64_t put_in_ns, told_ns;
	size_t n_told;
	struct agent_reply reply;
	int error; /* an exit code */
};

static void request(struct send *s, enum agent_what what)
{
	static struct agent_request q;
	struct send_item *i = s->at < s->list.n ? &s->list.items[s->at] : NULL;

	q = (struct agent_request){.what = what,
				   .let_out = s->o.let_out,
				   .deliver = s->o.deliver,
				   .keep_conntrack = s->o.keep_conntrack};
	if (i && (what == AGENT_INJECT || what == AGENT_XDP)) {
		q.made = i->made;
		q.icmp_type = i->icmp_type;
		q.n = i->frame.n;
		memcpy(q.frame, i->frame.bytes, i->frame.n);
	}
	agent_ask(&s->agent, &q, &s->reply);
}

/* --- one packet after the other --- */

static void journey_done(void *arg, struct journey *j)
{
	struct send *s = arg;
	const struct send_item *i = s->at < s->list.n ? &s->list.items[s->at] : NULL;

	if (i && s->under_way && !s->told && express_is(&i->key, &j->packet)) {
		j->made = true;
		s->told = true;
		s->told_ns = clock_now_ns();
		s->n_told++;
	}
	if (s->under_way) {
		request(s, AGENT_LOG);
		if (!s->reply.status)
			send_tell_swallowed(j, &s->reply.log, resolve_names(s->live.resolve));
	}
	if (j->made && i)
		send_tell_xdp(j, i, s->ifindex, s->netns);
	printing_journey(&s->printing, j);
}

static void put_in(struct send *s, uint64_t now_ns)
{
	struct send_item *i = &s->list.items[s->at];
	struct journey stopped;

	if (!i->xdp_passed) {
		send_tell_stopped(&stopped, i, s->ifindex, s->netns, now_ns);
		printing_journey(&s->printing, &stopped);
		journey_clear(&stopped);
		s->n_told++;
		s->at++;
		return;
	}
	s->under_way = true;
	s->told = false;
	request(s, AGENT_INJECT);
	s->put_in_ns = clock_now_ns();
	if (s->reply.status) {
		s->error = fail(EXIT_CANNOT, "%s", s->reply.err);
		s->stop = true;
	}
}

/* It waits for a neighbour's address, and will for long. */
static bool waits(struct send *s)
{
	bool asks = false;
	size_t n;

	request(s, AGENT_LOG);
	n = s->reply.log.n < WB_SWALLOWED_MAX ? s->reply.log.n : WB_SWALLOWED_MAX;
	for (size_t i = 0; i < n; i++) {
		if (s->reply.log.rows[i].what != WB_SWALLOW_ASKS)
			return false;
		asks = true;
	}
	return asks;
}

static bool is_over(struct send *s, uint64_t now_ns)
{
	if (s->told)
		return now_ns > s->told_ns + ANSWERS_NS;
	return now_ns > s->put_in_ns + SILENCE_NS ||
	       (now_ns > s->put_in_ns + WAITING_NS && waits(s));
}

static void advance(struct send *s)
{
	uint64_t now_ns = clock_now_ns();

	if (s->under_way && !is_over(s, now_ns))
		return;
	if (s->under_way) {
		if (!s->told)
			book_finish(s->book);
		request(s, AGENT_END);
		s->under_way = false;
		s->at++;
	}
	if (s->at < s->list.n)
		put_in(s, now_ns);
	else
		s->stop = true;
}

static void on_event(void *arg, const struct wb_event *ev)
{
	struct send *s = arg;

	resolve_event(s->printing.resolve, ev);
	book_add(s->book, ev);
}

static void on_tick(void *arg, uint64_t now_ns)
{
	struct send *s = arg;

	book_advance(s->book, now_ns);
	printing_advance(&s->printing, now_ns);
	printing_flush(&s->printing);
	if (s->printing.stop)
		s->stop = true;
	if (!s->stop)
		advance(s);
}

static void on_told(void *arg, const struct nft_verdict *v)
{
	struct send *s = arg;

	resolve_told(s->printing.resolve, v);
}

static void on_lost(void *arg, const struct live *l)
{
	struct send *s = arg;

	(void)l;
	book_lost(s->book);
}

/* --- before and after --- */

/* Also dry, where there is a device: then its addresses are filled in. */
static int make_packets(struct send *s)
{
	struct host_netns found;
	const char *path = NULL;
	int r;

	if (s->o.netns.n > 1)
		return fail(EXIT_USAGE, "-N: a packet is put in in one network namespace");
	r = netns_parse_all(&s->o.netns, &s->netns);
	if (r)
		return r;
	if (s->o.netns.n) {
		if (!find_netns(s->netns, &found))
			return fail(EXIT_CANNOT, "-N %s: it is gone", s->o.netns.word[0]);
		path = found.path;
	}
	if (s->o.in) {
		r = agent_start(&s->agent, path);
		if (r)
			return fail(EXIT_CANNOT, "-N %s: it can't be entered: %s",
				    path ? s->o.netns.word[0] : "", strerror(-r));
	}
	return send_list_words(&s->list, s->o.filter, s->o.in ? &s->agent : NULL, s->o.in);
}

static int print_dry(const struct send *s)
{
	for (size_t i = 0; i < s->list.n; i++) {
		printf("%s\n", s->list.items[i].text);
		if (s->o.verbose)
			send_item_dump(&s->list.items[i]);
	}
	return EXIT_DONE;
}

/* What XDP says is asked before anything is traced: its program would be seen at work. */
static int ask_xdp(struct send *s)
{
	for (s->at = 0; s->at < s->list.n; s->at++) {
		struct send_item *i = &s->list.items[s->at];

		request(s, AGENT_XDP);
		if (s->reply.status)
			return fail(EXIT_CANNOT, "%s", s->reply.err);
		i->xdp = s->reply.xdp;
		if (!i->xdp.id)
			continue;
		i->xdp_passed = i->xdp.verdict == 2;
		if (!i->xdp_passed)
			continue;
		memcpy(i->frame.bytes, s->reply.frame, s->reply.n);
		i->frame.n = s->reply.n;
		if (!send_item_read(i))
			return fail(EXIT_CANNOT, "the device's XDP program left no whole frame");
	}
	s->at = 0;
	return EXIT_DONE;
}

static int prepare(struct send *s)
{
	char *filter;
	int r;

	request(s, AGENT_GUARD);
	if (s->reply.status)
		return fail(EXIT_CANNOT, "%s", s->reply.err);
	s->ifindex = s->reply.ground.ifindex;
	r = ask_xdp(s);
	if (r)
		return r;
	filter = send_list_filter(&s->list);
	if (!filter)
		return fail(EXIT_CANNOT, "out of memory");
	free(s->o.filter);
	s->o.filter = filter;
	s->o.netns.n = 0; /* it is followed wherever it goes */
	return EXIT_DONE;
}

static int open_all(struct send *s)
{
	struct book_opts bo = {.done = journey_done, .arg = s};
	int r = printing_open(&s->printing, &s->o);

	if (r)
		return r;
	if (book_new(&s->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	s->printing.book = s->book;
	s->live.event = on_event;
	s->live.tick = on_tick;
	s->live.lost = on_lost;
	s->live.told = on_told;
	s->live.arg = s;
	s->live.raw = s->o.write;
	s->live.stop = &s->stop;
	s->live.resolve = s->printing.resolve;
	r = live_open(&s->live, &s->o);
	s->printing.wall_offset = s->live.wall_offset;
	return r;
}

static void say_packets(const struct send *s)
{
	for (size_t i = 0; i < s->list.n && !s->o.quiet; i++)
		fprintf(stderr, "waybill: in at %s: %s\n", s->o.in, s->list.items[i].text);
	if (s->list.made_up && !s->o.quiet)
		fprintf(stderr,
			"waybill: no neighbour at %s is known to send from there: the "
			"source's MAC address is made up\n",
			s->o.in);
}

static void wind_up(struct send *s)
{
	struct sink_summary *sum = &s->printing.sum;

	if (s->under_way) { /* a signal came */
		request(s, AGENT_END);
		s->under_way = false;
	}
	book_finish(s->book);
	sum->lost_events = s->live.lost_events;
	sum->misses = s->live.misses;
	memcpy(sum->losses, s->live.losses, sizeof(sum->losses));
	printing_summary(&s->printing, book_stats(s->book));
}

static int follow(struct send *s)
{
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start info;
	int r = prepare(s);

	if (!r)
		r = open_all(s);
	if (r)
		return r;
	live_info(&s->live, &info, missing);
	live_watch(&s->live, s->printing.resolve);
	if (!s->netns)
		s->netns = host_own_netns(names_host(resolve_names(s->printing.resolve)));
	printing_start(&s->printing, &info);
	say_packets(s);
	live_announce(&s->live, &info);
	live_run(&s->live);
	wind_up(s);
	if (s->error)
		return s->error;
	if (s->n_told < s->list.n && !s->printing.sink_error)
		return fail(EXIT_CANNOT, "%zu of %zu packets were not seen on their way",
			    s->list.n - s->n_told, s->list.n);
	return printing_verdict(&s->printing);
}

static int run(struct send *s)
{
	int r;

	if (!s->o.in && !s->o.dry)
		return fail(EXIT_USAGE, "--in DEV is missing: where the packet is put in");
	if (!*s->o.filter)
		return fail(EXIT_USAGE, "the packet is missing: tcp 10.0.0.1 > 10.0.0.2:80 (in "
					"quotes)");
	s->o.sends = true;
	r = make_packets(s);
	if (r)
		return r;
	return s->o.dry ? print_dry(s) : follow(s);
}

int cmd_send(int argc, char **argv)
{
	struct send *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fail(EXIT_CANNOT, "out of memory");
	s->live.signals = -1;
	if (options_parse(&s->o, FOR_SEND, argc, argv)) {
		r = EXIT_USAGE;
	} else if (s->o.help) {
		options_help("send [OPTIONS] --in DEV 'PROTO SRC[:PORT] > DST[:PORT] [WORDS]'",
			     "Puts one made packet on its path through this machine, tells its "
			     "journey, and lets nothing out.",
			     FOR_SEND);
		r = EXIT_DONE;
	} else if (s->o.version) {
		printf("waybill %s\n", WAYBILL_VERSION);
		r = EXIT_DONE;
	} else {
		r = run(s);
	}
	fflush(stdout);
	live_close(&s->live);
	book_free(s->book);
	printing_close(&s->printing);
	agent_stop(&s->agent);
	send_list_clear(&s->list);
	options_clear(&s->o);
	free(s);
	return r;
}
