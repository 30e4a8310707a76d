/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_run.h. What is said of a packet's end is in send_tell.c. */
#include "cmd/send_run.h"

#include <string.h>

#include "cmd/cmd.h"
#include "cmd/send_handshake.h"
#include "cmd/send_tell.h"
#include "util/clock.h"

#define ANSWERS_NS (60 * MS_NS)	   /* after the packet's end: for what comes back */
#define WAITING_NS (300 * MS_NS)   /* for a neighbour that is not asked */
#define SILENCE_NS (2 * SECOND_NS) /* without any end */
#define SEEKING_NS (5 * SECOND_NS) /* the same, where a neighbour is really asked, three times */
#define TRIES_MAX  3

#define XDP_VERDICT_PASS 2

static bool is_whole(const struct send *s)
{
	return s->first == s->at;
}

void send_request(struct send *s, enum agent_what what)
{
	static struct agent_request q;
	struct send_item *i = s->at < s->list.n ? &s->list.items[s->at] : NULL;

	q = (struct agent_request){.what = what,
				   .let_out = s->o.let_out,
				   .deliver = s->o.deliver,
				   .keep_conntrack = s->o.keep_conntrack,
				   .handshake = s->o.handshake};
	if (i && (what == AGENT_INJECT || what == AGENT_XDP)) {
		q.made = i->made;
		q.first = !s->o.handshake || !s->at;
		q.goes_on = s->o.handshake;
		q.piece = s->under_way;
		q.icmp_type = i->key.icmp_type;
		q.icmp_code = i->key.icmp_code;
		q.ifindex = i->ifindex;
		q.out = i->out;
		q.l3 = i->key.l3;
		q.mark = i->mark;
		q.n = i->frame.n;
		memcpy(q.frame, i->frame.bytes, i->frame.n);
	}
	agent_ask(&s->agent, &q, &s->reply);
}

int send_ask_xdp(struct send *s)
{
	struct send_item *i = &s->list.items[s->at];

	if (i->out)
		return EXIT_DONE;
	send_request(s, AGENT_XDP);
	if (s->reply.status)
		return fail(EXIT_CANNOT, "%s", s->reply.err);
	i->xdp = s->reply.xdp;
	i->xdp_passed = !i->xdp.id || i->xdp.verdict == XDP_VERDICT_PASS;
	if (!i->xdp.id || !i->xdp_passed)
		return EXIT_DONE;
	memcpy(i->frame.bytes, s->reply.frame, s->reply.n);
	i->frame.n = s->reply.n;
	if (!send_item_read(i))
		return fail(EXIT_CANNOT, "the device's XDP program left no whole frame");
	return EXIT_DONE;
}

/* --- one packet after the other --- */

/* The log that came last: is it nothing but questions for a neighbour? Was something answered? */
static bool look_into_log(struct send *s)
{
	bool asks = false, others = false;
	size_t n = wb_swallowed_rows(&s->reply.log);

	for (size_t i = 0; i < n; i++) {
		uint8_t what = s->reply.log.rows[i].what;

		asks |= what == WB_SWALLOW_ASKS;
		others |= what != WB_SWALLOW_ASKS;
		s->answered |= what == WB_SWALLOW_ANSWER;
	}
	return asks && !others;
}

/* With a tag it is no IP yet where it is seen first: then it is known by when and where that was.
 */
static bool is_made(const struct send *s, const struct send_item *i, const struct journey *j)
{
	bool tagged = i->key.l3 > SEND_ETH_LEN && !j->packet.family && j->n_steps;

	return express_is(&i->key, &j->packet) ||
	       (tagged && j->steps[0].at.ifindex == i->ifindex && j->ts_ns >= s->before_ns &&
		j->ts_ns <= s->after_ns);
}

/*
 * The item whose journey it is; of fragments, which become one another, any of them. NULL: it is
 * none.
 */
static struct send_item *made_of(struct send *s, const struct journey *j)
{
	for (size_t i = s->first; i <= s->at && (!s->told || !is_whole(s)); i++)
		if (is_made(s, &s->list.items[i], j))
			return &s->list.items[i];
	return NULL;
}

/* Which of its fragments has its ports. */
static const struct send_item *first_of(const struct send *s, const struct send_item *made)
{
	for (size_t i = s->first; i <= s->at && made->key.later_fragment; i++)
		if (!s->list.items[i].key.later_fragment)
			return &s->list.items[i];
	return made;
}

static void note_told(struct send *s)
{
	s->told = true;
	s->told_ns = clock_now_ns();
	for (size_t i = s->first; i <= s->at; i++)
		s->list.items[i].seen = true;
}

void send_journey_done(void *arg, struct journey *j)
{
	struct send *s = arg;
	struct send_item *i, *made;

	if (!s->under_way)
		return;
	i = &s->list.items[s->at];
	made = made_of(s, j);
	/* everybody else's are not of interest */
	if (!made && !express_answers(&i->key, &j->packet))
		return;
	if (j->ts_ns < s->before_ns) /* the XDP program's run on the frame */
		return;
	/* when the kernel forgets a neighbour that was asked for, it says so */
	if (j->ts_ns > s->after_ns && !s->o.let_out && !s->o.deliver)
		return;
	if (made) {
		i = made;
		j->made = true;
		if (!express_is(&i->key, &j->packet)) {
			express_frame(i->frame.bytes, i->frame.n, &i->key, &j->packet);
			j->len = j->packet.payload;
		}
		note_told(s);
	}
	send_request(s, AGENT_LOG);
	if (!s->reply.status)
		send_tell_swallowed(j, made ? first_of(s, i) : i, &s->reply.log,
				    resolve_names(s->live.resolve));
	if (j->made) {
		handshake_note(s, j);
		look_into_log(s);
		send_tell_xdp(j, i, i->ifindex, s->netns);
	}
	printing_journey(&s->printing, j);
}

static void tell_stopped(struct send *s, struct send_item *i, uint64_t now_ns)
{
	struct journey stopped;

	send_tell_stopped(&stopped, i, i->ifindex, s->netns, now_ns);
	printing_journey(&s->printing, &stopped);
	journey_clear(&stopped);
	i->seen = true;
	s->got_through = false;
}

static void put_one_in(struct send *s)
{
	send_request(s, AGENT_INJECT);
	if (!s->under_way)
		s->before_ns = s->reply.before_ns;
	s->under_way = true;
	s->put_in_ns = clock_now_ns();
	s->after_ns = s->reply.after_ns;
	s->sent = s->reply.sent;
	if (s->reply.status) {
		s->error = fail(EXIT_CANNOT, "%s", s->reply.err);
		s->stop = true;
	}
}

/* A packet, or all of its fragments that stand beside one another. */
static void put_in(struct send *s, uint64_t now_ns)
{
	s->told = false;
	s->answered = false;
	for (s->first = s->at;; s->at++) {
		struct send_item *i = &s->list.items[s->at];

		if (i->xdp_passed)
			put_one_in(s);
		else
			tell_stopped(s, i, now_ns);
		if (!i->of_next || s->error)
			break;
	}
	if (!s->under_way)
		s->at++;
}

/* Nobody saw it, and its sender was told why. */
static void tell_refused(struct send *s, uint64_t now_ns)
{
	struct send_item *i = &s->list.items[s->at];
	struct journey refused;

	send_tell_refused(&refused, i, s->netns, now_ns, -s->sent);
	printing_journey(&s->printing, &refused);
	journey_clear(&refused);
	note_told(s);
}

static bool is_over(struct send *s, uint64_t now_ns)
{
	bool answers;

	if (!s->told) {
		if (now_ns <= s->put_in_ns + WAITING_NS)
			return false;
		send_request(s, AGENT_LOG);
		/* what was refused on its way ends in a moment, and is told from there */
		return (s->sent && book_oldest_ns(s->book) > s->after_ns) || look_into_log(s) ||
		       now_ns > s->put_in_ns + (s->o.let_out ? SEEKING_NS : SILENCE_NS);
	}
	/* what is put together goes on as the last of them, or as another */
	if (!is_whole(s) && book_oldest_ns(s->book) <= s->after_ns &&
	    now_ns <= s->put_in_ns + SILENCE_NS)
		return false;
	/* what nobody keeps from going on may be answered from elsewhere */
	answers = s->answered || s->o.let_out || s->o.deliver;
	return now_ns > s->told_ns + (answers ? ANSWERS_NS : ANSWERS_NS / 10);
}

static void advance(struct send *s)
{
	uint64_t now_ns = clock_now_ns();

	if (s->under_way && !is_over(s, now_ns))
		return;
	if (s->under_way) {
		if (!s->told || !is_whole(s))
			book_finish(s->book);
		if (!s->told && s->sent)
			tell_refused(s, now_ns);
		send_request(s, AGENT_END);
		if (s->reply.status)
			fail(0, "%s", s->reply.err);
		if (!s->o.quiet)
			send_tell_sets(&s->reply.sets, s->uncounted_told);
		s->uncounted_told |= s->reply.sets.uncounted > 0;
		s->under_way = false;
		/* who was swallowed and not seen may be asked again */
		s->n_tries++;
		if (s->told || s->n_tries == TRIES_MAX || s->o.let_out || s->o.deliver ||
		    !is_whole(s)) {
			s->at++;
			s->n_tries = 0;
		}
	}
	if (!s->stop)
		handshake_go_on(s);
	if (s->at < s->list.n && !s->error)
		put_in(s, now_ns);
	else
		s->stop = true;
}

void send_on_event(void *arg, const struct wb_event *ev)
{
	struct send *s = arg;

	book_add(s->book, ev);
}

void send_on_tick(void *arg, uint64_t now_ns)
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

void send_on_told(void *arg, const struct nft_verdict *v)
{
	struct send *s = arg;

	resolve_told(s->printing.resolve, v);
}

void send_on_lost(void *arg, const struct live *l)
{
	struct send *s = arg;

	(void)l;
	book_lost(s->book);
}
