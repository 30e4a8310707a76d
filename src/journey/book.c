/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The book of open journeys. An entry holds its events, packed. Lists by time decide when it is
 * over: those whose last buffer was freed wait only for stragglers from other CPUs, all others for
 * a silence; a neighbour is given up late. The longest silent stands first in each list.
 */
#include "journey/book.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <utlist.h>

#include "journey/build.h"
#include "journey/entry.h"
#include "journey/pack.h"
#include "journey/reads.h"
#include "journey/sends.h"
#include "model/event.h"

#define OPEN_MAX 1000000

static const uint64_t silence_ns[WAIT_MAX] = {
	[WAIT_NEXT] = 2000000000ULL,	  /* nothing will come */
	[WAIT_NEIGHBOUR] = 5000000000ULL, /* a neighbour is given up after 3 s */
	[WAIT_TAKEN_IN] = 500000000ULL,	  /* a segment without data, which TCP frees unseen */
	[WAIT_HOOK] = 10000000000ULL,	  /* a process decides, if it is a queue of NFQUEUE */
	[WAIT_STRAGGLERS] = 10000000ULL,  /* events of other CPUs may come this late */
};

struct book {
	struct book_opts o;
	struct entry *by_id;
	struct ages ages;
	struct entry *waiting[WAIT_MAX];
	struct sockets sockets;
	struct book_stats stats;
	struct unpacked unpacked;
	struct sends sends;
	struct reads reads;
	bool lost; /* events, at any time */
};

int book_new(struct book **ret, const struct book_opts *o)
{
	struct book *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->o = *o;
	if (!b->o.max_open)
		b->o.max_open = OPEN_MAX;
	*ret = b;
	return 0;
}

static size_t bytes_of(const struct entry *e)
{
	return sizeof(*e) + e->room;
}

static void forget(struct book *b, struct entry *e)
{
	sockets_forget(&b->sockets, e);
	ages_forget(&b->ages, e);
	DL_DELETE(b->waiting[e->wait], e);
	HASH_DEL(b->by_id, e);
	b->stats.open--;
	b->stats.bytes -= bytes_of(e);
	free(e->events);
	free(e);
}

/*
 * What came of a packet after its journey was told: TCP keeps what it sent, a capture what it took.
 * A drop is told all the same, and that its beginning is missing.
 */
static bool says_nothing(const struct book *b, const struct journey *j)
{
	if (!j->headless || j->has_icmp)
		return false;
	for (size_t i = 0; i < j->n_endings; i++)
		if (j->endings[i].is_drop)
			return false;
	if (!j->n_steps && !j->has_packet)
		return true; /* that it was freed in peace */
	if (b->lost)
		return false;
	for (size_t i = 0; i < j->n_steps; i++)
		if (verdict_is_fatal(j->steps[i].verdict))
			return false;
	return true;
}

/* Builds the journey and hands it out; the entry is gone afterwards. */
static void close_entry(struct book *b, struct entry *e, bool idle)
{
	struct journey j = {.id = e->last.id,
			    .gap = e->gap,
			    .truncated = e->truncated,
			    .idle = idle,
			    .cut_up = e->cut_up,
			    .last_copy_ns = e->last_copy_ns};

	if (!entry_unpack(e, &b->unpacked) && !journey_build(&j, b->unpacked.events, e->n)) {
		j.gap |= j.headless;
		if (says_nothing(b, &j))
			b->stats.orphans++;
		else
			b->o.done(b->o.arg, &j);
	}
	journey_clear(&j);
	forget(b, e);
}

/* Of a socket and no packet: somebody read from it, or closed it unread. */
static bool is_socket_event(const struct wb_event *ev)
{
	return ev->kind == WB_KIND_SOCK && (ev->probe == WB_PROBE_TP_sock_recv_length ||
					    ev->probe == WB_PROBE_TP_tcp_send_reset);
}

/*
 * A process read from a datagram socket: it got the packet that waits there longest. Or it closed a
 * TCP socket, and nobody will read what waits there.
 */
static void socket_read(struct book *b, struct wb_event *ev)
{
	bool all = ev->probe == WB_PROBE_TP_tcp_send_reset, any = false;
	uint64_t events = b->stats.events; /* it was counted when it came */
	struct event_parts parts;
	struct entry *e;
	uint64_t sk = 0;

	if (event_open(ev, ev->size, &parts))
		sk = ((const struct wb_sock_body *)parts.body)->sk;
	while ((all || !any) && (e = sockets_read(&b->sockets, sk, ev->ts_ns))) {
		ev->id = e->last.id;
		book_add(b, ev);
		any = true;
	}
	b->stats.events = events;
	b->stats.orphans += !any;
}

static void tell_reads(struct book *b, uint64_t now_ns)
{
	struct held_read *r;

	while ((r = reads_due(&b->reads, now_ns))) {
		socket_read(b, &r->e.ev);
		free(r);
	}
}

/* Each send that failed is a journey of its own. */
static int tell_failed_sends(struct book *b, uint64_t now_ns)
{
	const struct wb_event *ev;
	int r = 0;

	while (!r && (ev = sends_due(&b->sends, now_ns))) {
		struct journey j = {.id = ev->ts_ns};

		r = journey_build(&j, &ev, 1);
		j.send_failed = ev;
		if (!r)
			b->o.done(b->o.arg, &j);
		journey_clear(&j);
		sends_forget_first(&b->sends);
	}
	return r;
}

/* An event of no packet. */
static int lone_event(struct book *b, const struct wb_event *ev, const struct event_parts *p)
{
	int r = 0;

	if (is_socket_event(ev)) {
		r = reads_hold(&b->reads, ev);
		tell_reads(b, 0);
		return r;
	}
	if (ev->kind == WB_KIND_SEND_FAIL) {
		if (sends_failed(&b->sends, ev, p))
			return 0;
		sends_hold(&b->sends, ev);
		r = tell_failed_sends(b, 0);
	} else if (ev->kind != WB_KIND_ROUTE || !sends_found_route(&b->sends, ev, p)) {
		b->stats.orphans++;
	}
	return r;
}

static struct entry *oldest(struct book *b)
{
	for (int i = WAIT_MAX - 1; i >= 0; i--)
		if (b->waiting[i])
			return b->waiting[i];
	return NULL;
}

static struct entry *new_entry(struct book *b, uint64_t id)
{
	struct entry *e = b->stats.open >= b->o.max_open ? oldest(b) : NULL;

	if (e) {
		b->stats.evicted++;
		close_entry(b, e, true);
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->last.id = id;
	HASH_ADD_KEYPTR(hh, b->by_id, &e->last.id, sizeof(id), e);
	DL_APPEND(b->waiting[WAIT_NEXT], e);
	b->stats.open++;
	b->stats.bytes += bytes_of(e);
	return e;
}

/*
 * A copy or a fragment says whose it is. The packet that was cut has no end of its own, its buffer
 * is the first of its fragments.
 */
static int note_parent(struct book *b, const struct wb_event *ev, const struct wb_link_body *l)
{
	struct entry *whole;

	HASH_FIND(hh, b->by_id, &l->other, sizeof(l->other), whole);
	if (l->how == WB_LINK_CLONE && whole && whole->last_copy_ns < ev->ts_ns)
		whole->last_copy_ns = ev->ts_ns;
	if (l->how != WB_LINK_FRAGMENT)
		return 0;
	if (!whole) {
		if (b->stats.open >= b->o.max_open) /* room would be made of the fragment itself */
			return 0;
		whole = new_entry(b, l->other);
		if (!whole)
			return -ENOMEM;
		whole->last_ns = ev->ts_ns;
		ages_note(&b->ages, whole, ev->ts_ns);
	}
	whole->cut_up = true;
	return 0;
}

/* It is in a socket's queue: a datagram, or a segment of a connection. */
static int note_queued(struct book *b, struct entry *e, const struct wb_event *ev,
		       const struct wb_sock_body *s)
{
	if (!e->socket)
		e->queued_ns = ev->ts_ns;
	e->waits_reader = s->proto == IPPROTO_TCP && s->state != TCP_LISTEN;
	return s->proto == IPPROTO_UDP || e->waits_reader ? sockets_queue(&b->sockets, s->sk, e)
							  : 0;
}

/* It left that queue, with its reader or with the socket. */
static void note_unqueued(struct book *b, struct entry *e)
{
	e->waits_reader = false;
	sockets_forget(&b->sockets, e);
}

/* What the event says about how long its journey may go on. */
static int note(struct book *b, struct entry *e, const struct wb_event *ev,
		const struct event_parts *p)
{
	bool ended = ev->flags & WB_EV_LAST;
	int r = 0;

	if (ev->kind == WB_KIND_LINK)
		r = note_parent(b, ev, p->body);
	if (ev->kind == WB_KIND_NEIGH && ((const struct wb_neigh_body *)p->body)->value)
		e->waits_neigh = true;
	if (p->packet) {
		e->has_data = p->packet->payload;
		e->is_tcp = p->packet->family && p->packet->proto == IPPROTO_TCP;
	}
	entry_note_hook(e, ev, p->body);
	if (ev->kind == WB_KIND_SOCK && ev->probe == WB_PROBE_TP_sk_data_ready)
		r = note_queued(b, e, ev, p->body);
	if (is_socket_event(ev)) {
		ended = true; /* the last that will be seen of it */
		note_unqueued(b, e);
	}
	if (e->waits_reader && ev->probe == WB_PROBE_TP_skb_copy_datagram_iovec)
		note_unqueued(b, e);
	/* a buffer that goes on in a new one was not at its end */
	e->ended = ended || (e->ended && !(ev->flags & WB_EV_ADOPTED));
	if (ev->ts_ns > e->last_ns)
		e->last_ns = ev->ts_ns;
	ages_note(&b->ages, e, ev->ts_ns);
	DL_DELETE(b->waiting[e->wait], e);
	e->wait = e->ended && !(e->waits_reader && e->has_data) ? WAIT_STRAGGLERS
		  : e->in_hook					? WAIT_HOOK
		  : e->waits_neigh				? WAIT_NEIGHBOUR
		  : e->taken_in && e->is_tcp && !e->has_data	? WAIT_TAKEN_IN
								: WAIT_NEXT;
	DL_APPEND(b->waiting[e->wait], e);
	return r;
}

int book_add(struct book *b, const struct wb_event *ev)
{
	struct event_parts parts;
	struct entry *e;
	size_t before;
	int r = 0;

	b->stats.events++;
	if (!event_open(ev, ev->size, &parts) || ev->size > EVENT_SIZE_MAX) {
		b->stats.malformed++;
		return -EINVAL;
	}
	if (!ev->id)
		return lone_event(b, ev, &parts);
	HASH_FIND(hh, b->by_id, &ev->id, sizeof(ev->id), e);
	if (!e)
		e = new_entry(b, ev->id);
	if (!e)
		return -ENOMEM;
	before = e->room;
	if (e->n < EVENTS_MAX) {
		r = entry_append(e, ev);
	} else {
		e->truncated = true;
		b->stats.truncated++;
	}
	b->stats.bytes += e->room - before;
	return r ? r : note(b, e, ev, &parts);
}

void book_advance(struct book *b, uint64_t now_ns)
{
	tell_reads(b, now_ns);
	tell_failed_sends(b, now_ns);
	for (int i = 0; i < WAIT_MAX; i++)
		while (b->waiting[i] && b->waiting[i]->last_ns + silence_ns[i] <= now_ns)
			close_entry(b, b->waiting[i], i != WAIT_STRAGGLERS);
}

void book_lost(struct book *b)
{
	struct entry *e, *tmp;

	b->lost = true;
	HASH_ITER(hh, b->by_id, e, tmp)
	e->gap = true;
}

void book_finish(struct book *b)
{
	struct entry *e;

	tell_reads(b, UINT64_MAX);
	tell_failed_sends(b, UINT64_MAX);
	while ((e = oldest(b)))
		close_entry(b, e, e->wait != WAIT_STRAGGLERS);
}

uint64_t book_oldest_ns(const struct book *b)
{
	return b->ages.oldest ? b->ages.oldest->first_ns : UINT64_MAX;
}

const struct book_stats *book_stats(const struct book *b)
{
	return &b->stats;
}

void book_free(struct book *b)
{
	struct held_read *r;
	struct entry *e;

	if (!b)
		return;
	while ((e = oldest(b)))
		forget(b, e);
	while ((r = reads_due(&b->reads, UINT64_MAX)))
		free(r);
	unpacked_clear(&b->unpacked);
	free(b);
}
