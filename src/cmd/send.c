/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill send: options and wiring. The packets are made before anything else (send_list.c), put in
 * and swallowed by a process that keeps its rights (send_agent.c), and followed as
 * trace does (send_run.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/netns.h"
#include "cmd/send_handshake.h"
#include "collect/privileges.h"

static int parse_mark(const char *word, uint32_t *ret)
{
	char *end;
	unsigned long v;

	*ret = 0;
	if (!word)
		return EXIT_DONE;
	errno = 0;
	v = strtoul(word, &end, 0);
	if (*end || end == word || errno || v > UINT32_MAX || *word == '-')
		return fail(EXIT_USAGE, "--mark %s: not a number of 32 bits", word);
	*ret = v;
	return EXIT_DONE;
}

static int parse_rewrite(const struct send *s, struct send_way *way)
{
	const struct words *w = &s->o.rewrite;

	if (w->n && !s->o.read)
		return fail(EXIT_USAGE, "--rewrite is for the packets of a capture (-r)");
	for (way->n_rewrite = 0; way->n_rewrite < w->n; way->n_rewrite++)
		if (rewrite_parse(w->word[way->n_rewrite], &way->rewrite[way->n_rewrite]))
			return fail(
				EXIT_USAGE,
				"--rewrite %s: not OLD=NEW, two addresses of one family, or each "
				"with a port (10.0.0.1:80, [fd00::1]:80)",
				w->word[way->n_rewrite]);
	return EXIT_DONE;
}

static int start_agent(struct send *s, const struct agent_place *at)
{
	char err[320];

	if ((at->only_looks || !privileges_check_sending(s->o.out, s->o.uid, err, sizeof(err))) &&
	    !agent_start(&s->agent, at, err, sizeof(err)))
		return EXIT_DONE;
	return fail(EXIT_CANNOT, "%s", err);
}

/* Also dry, where there is a device: then its addresses are filled in. */
static int make_packets(struct send *s)
{
	struct agent_place place = {
		.cgroup = s->o.as_cgroup, .uid = s->o.uid, .only_looks = s->o.dry};
	struct send_way way = {.dev = s->o.in, .out = s->o.out};
	int r;

	if (s->o.netns.n > 1)
		return fail(EXIT_USAGE, "-N: a packet is put in in one network namespace");
	r = netns_parse_all(&s->o.netns, &s->netns);
	if (!r)
		r = parse_mark(s->o.as_mark, &way.mark);
	if (!r)
		r = parse_rewrite(s, &way);
	if (r)
		return r;
	if (s->o.netns.n)
		place.netns = s->o.netns.word[0];
	if ((s->o.in || s->o.matrix || !s->o.dry) && start_agent(s, &place))
		return EXIT_CANNOT;
	if (s->agent.pid > 0)
		way.agent = &s->agent;
	if (s->o.matrix)
		return send_list_matrix(&s->list, s->o.matrix, &way);
	if (s->o.read)
		return send_list_capture(&s->list, s->o.read, &way);
	return send_list_words(&s->list, s->o.filter, &way);
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
	int r = EXIT_DONE;

	for (s->at = 0; s->at < s->list.n && !r; s->at++)
		r = send_ask_xdp(s);
	s->at = 0;
	return r;
}

static int prepare(struct send *s)
{
	struct text filter = {0};
	int r;

	send_request(s, AGENT_GUARD);
	if (s->reply.status)
		return fail(EXIT_CANNOT, "%s", s->reply.err);
	r = ask_xdp(s);
	if (r)
		return r;
	send_list_join(&s->list);
	if (s->o.handshake)
		handshake_filter(s, &filter);
	send_list_filter(&s->list, &filter);
	if (filter.failed)
		return fail(EXIT_CANNOT, "out of memory");
	free(s->o.filter);
	s->o.filter = filter.s ? filter.s : strdup("");
	s->o.netns.n = 0; /* it is followed wherever it goes */
	return EXIT_DONE;
}

static int open_all(struct send *s)
{
	struct book_opts bo = {.done = send_journey_done, .arg = s};
	int r = printing_open(&s->printing, &s->o);

	if (r)
		return r;
	if (book_new(&s->book, &bo))
		return fail(EXIT_CANNOT, "out of memory");
	s->printing.book = s->book;
	if (s->o.matrix) {
		s->matrix = (struct send_matrix){
			.list = &s->list, .tap = s->o.tap, .silent = s->o.json};
		s->printing.passes = send_matrix_journey;
		s->printing.arg = &s->matrix;
	}
	s->live.event = send_on_event;
	s->live.tick = send_on_tick;
	s->live.lost = send_on_lost;
	s->live.told = send_on_told;
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
	if (s->o.quiet)
		return;
	for (size_t i = 0; i < s->list.n && !s->o.matrix; i++)
		send_item_say(&s->list.items[i], s->o.in);
	if (s->o.in && !strcmp(s->o.in, "lo"))
		fprintf(stderr,
			"waybill: what a process sends to this host itself comes by lo with its "
			"route, and this packet does not: --out does it as in life\n");
	if (s->list.n_left_out)
		fprintf(stderr,
			"waybill: %zu packets of %s are left out: cut off, too long, or no whole "
			"packets\n",
			s->list.n_left_out, s->o.read);
	if (s->list.made_up)
		fprintf(stderr, "waybill: no neighbour is known to send from there: the source's "
				"MAC address is made up\n");
}

static void wind_up(struct send *s)
{
	struct sink_summary *sum = &s->printing.sum;

	if (s->under_way) { /* a signal came */
		send_request(s, AGENT_END);
		s->under_way = false;
		s->at = s->first;
	}
	book_finish(s->book);
	sum->lost_events = s->live.lost_events;
	sum->misses = s->live.misses;
	memcpy(sum->losses, s->live.losses, sizeof(sum->losses));
	if (s->o.matrix && !s->o.json) /* its lines say all */
		printing_advance(&s->printing, UINT64_MAX);
	else
		printing_summary(&s->printing, book_stats(s->book));
}

static int follow(struct send *s)
{
	enum wb_station missing[WB_STATION_MAX];
	struct sink_start info;
	size_t unseen = 0;
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
	for (size_t i = 0; i < s->at; i++)
		unseen += !s->list.items[i].seen;
	if (s->at < s->list.n && !s->o.quiet && !s->printing.sink_error)
		fprintf(stderr, "waybill: asked to end, it left out %zu of %zu packets\n",
			s->list.n - s->at, s->list.n);
	if (unseen && !s->printing.sink_error)
		return fail(EXIT_CANNOT, "%zu of %zu packets were not seen on their way", unseen,
			    s->list.n);
	return s->o.matrix ? send_matrix_verdict(&s->matrix) : printing_verdict(&s->printing);
}

static int run(struct send *s)
{
	int sources = !!*s->o.filter + !!s->o.read + !!s->o.matrix, r;

	if (sources > 1)
		return fail(EXIT_USAGE, "one of a packet, -r and --matrix");
	if (s->o.tap && (!s->o.matrix || s->o.json))
		return fail(EXIT_USAGE, "--tap is for --matrix, and no JSON");
	if (s->o.matrix && (s->o.expect.n || s->o.fail_on_drop))
		return fail(EXIT_USAGE, "--matrix says itself what is expected");
	if (s->o.in && s->o.out)
		return fail(EXIT_USAGE, "one of --in and --out");
	if (!s->o.out && !s->o.matrix && (s->o.uid || s->o.as_cgroup || s->o.as_mark))
		return fail(EXIT_USAGE,
			    "--uid, --cgroup and --mark are of --out: a packet that comes "
			    "in is nobody's");
	if (!s->o.in && !s->o.out && !s->o.dry && !s->o.matrix)
		return fail(EXIT_USAGE, "--in DEV or --out is missing: where the packet is put in");
	if (!sources)
		return fail(EXIT_USAGE, "the packet is missing: tcp 10.0.0.1 > 10.0.0.2:80 (in "
					"quotes)");
	s->o.sends = true;
	r = make_packets(s);
	if (!r && s->o.handshake)
		r = handshake_check(s);
	if (r)
		return r;
	return s->o.dry ? print_dry(s) : follow(s);
}

static void print_words(void)
{
	printf("\nPROTO: tcp, udp, sctp, icmp, icmp6, gre, arp, ndp, or proto and a number. An "
	       "IPv6 "
	       "address with a\nport stands in brackets, [2001:db8::1]:80. WORDS, each at most "
	       "once:\n\n");
	for (enum send_word w = 0; w < SEND_WORD_MAX; w++) {
		struct text help = {0};
		char left[32];

		snprintf(left, sizeof(left), "  %s", send_word_help(w, &help));
		options_help_line(left, help.s ? help.s : "");
		text_free(&help);
	}
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
		options_help(
			"send [OPTIONS] --in DEV|--out 'PROTO SRC[:PORT] > DST[:PORT] [WORDS]'",
			"Puts one made packet on its path through this machine, tells its "
			"journey, and lets nothing out.",
			FOR_SEND);
		print_words();
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
