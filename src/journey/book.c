/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The book of open journeys. An entry holds copies of its events, as the ring delivered them. Two
 * lists by time decide when it is over: `ending` for those whose last buffer was freed (they wait
 * for events of other CPUs), `open` for all others, the longest silent first.
 */
#include "journey/book.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "journey/build.h"

#define REORDER_NS 10000000ULL	    /* events of other CPUs may come this late */
#define IDLE_NS 2000000000ULL	    /* silent for so long: nothing will come */
#define IDLE_NEIGH_NS 5000000000ULL /* a neighbour is given up after 3 s */
#define OPEN_MAX 1000000

struct entry {
	uint64_t id;
	uint64_t last_ns;
	uint64_t socket; /* whose queue it waits in, 0 none */
	uint8_t *events;
	uint32_t used, room;
	uint16_t n;
	bool ended, gap, waits_neigh;
	UT_hash_handle hh;
	struct entry *prev, *next; /* in open or ending */
};

struct book {
	struct book_opts o;
	struct entry *by_id;
	struct entry *open, *ending;
	struct book_stats stats;
	struct wb_event **scratch;
	size_t scratch_room;
	uint64_t now_ns;
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

static void forget(struct book *b, struct entry *e)
{
	if (e->ended)
		DL_DELETE(b->ending, e);
	else
		DL_DELETE(b->open, e);
	HASH_DEL(b->by_id, e);
	b->stats.open--;
	free(e->events);
	free(e);
}

/* Builds the journey and hands it out; the entry is gone afterwards. */
static void close_entry(struct book *b, struct entry *e, bool idle)
{
	struct journey j = {.id = e->id, .gap = e->gap, .idle = idle};
	uint8_t *p = e->events;

	if (b->scratch_room < e->n) {
		void *more = realloc(b->scratch, e->n * sizeof(*b->scratch));

		if (!more)
			goto out;
		b->scratch = more;
		b->scratch_room = e->n;
	}
	for (size_t i = 0; i < e->n; i++) {
		b->scratch[i] = (struct wb_event *)p;
		p += b->scratch[i]->size;
	}
	if (!journey_build(&j, (const struct wb_event **)b->scratch, e->n))
		b->o.done(b->o.arg, &j);
	journey_clear(&j);
out:
	forget(b, e);
}

static int append(struct entry *e, const struct wb_event *ev)
{
	if (e->used + ev->size > e->room) {
		uint32_t room = e->room ? 2 * e->room : 512;
		uint8_t *more;

		while (room < e->used + ev->size)
			room *= 2;
		more = realloc(e->events, room);
		if (!more)
			return -ENOMEM;
		e->events = more;
		e->room = room;
	}
	memcpy(e->events + e->used, ev, ev->size);
	e->used += ev->size;
	e->n++;
	return 0;
}

static const void *body_of(const struct wb_event *ev)
{
	const uint8_t *p = (const uint8_t *)(ev + 1);

	p += ev->flags & WB_EV_PACKET ? sizeof(struct wb_packet) : 0;
	p += ev->flags & WB_EV_TASK ? sizeof(struct wb_task) : 0;
	p += ev->flags & WB_EV_RAW ? sizeof(struct wb_raw) : 0;
	return p;
}

/* A process read from a datagram socket: it got the packet that waits there longest. */
static int socket_read(struct book *b, const struct wb_event *ev)
{
	const struct wb_sock_body *s = body_of(ev);
	struct entry *e;

	DL_FOREACH(b->open, e) {
		uint8_t copy[512];
		struct wb_event *mine = (void *)copy;

		if (e->socket != s->sk || ev->size > sizeof(copy))
			continue;
		memcpy(copy, ev, ev->size);
		mine->id = e->id;
		e->socket = 0;
		return book_add(b, mine);
	}
	return 0;
}

/* An event of no packet: a send that failed is a journey of its own. */
static int lone_event(struct book *b, const struct wb_event *ev)
{
	struct journey j = {.id = ev->ts_ns};

	if (ev->kind == WB_KIND_SOCK && ev->probe == WB_PROBE_TP_sock_recv_length)
		return socket_read(b, ev);
	if (ev->kind != WB_KIND_SEND_FAIL)
		return 0;
	if (!journey_build(&j, &ev, 1))
		b->o.done(b->o.arg, &j);
	journey_clear(&j);
	return 0;
}

static struct entry *new_entry(struct book *b, uint64_t id)
{
	struct entry *e;

	if (b->stats.open >= b->o.max_open && b->open) {
		b->stats.evicted++;
		close_entry(b, b->open, true);
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->id = id;
	HASH_ADD(hh, b->by_id, id, sizeof(e->id), e);
	DL_APPEND(b->open, e);
	b->stats.open++;
	return e;
}

static void note(struct book *b, struct entry *e, const struct wb_event *ev)
{
	bool ended = (ev->kind == WB_KIND_DROP || ev->kind == WB_KIND_CONSUME) &&
		     ev->flags & WB_EV_LAST;

	if (ev->kind == WB_KIND_NEIGH && ((const struct wb_neigh_body *)body_of(ev))->value)
		e->waits_neigh = true;
	if (ev->kind == WB_KIND_SOCK && ev->probe == WB_PROBE_TP_sk_data_ready) {
		const struct wb_sock_body *s = body_of(ev);

		if (s->proto == 17)
			e->socket = s->sk;
	}
	if (ev->kind == WB_KIND_SOCK && ev->probe == WB_PROBE_TP_sock_recv_length)
		ended = true; /* the last that will be seen of a datagram */
	if (e->ended)
		DL_DELETE(b->ending, e);
	else
		DL_DELETE(b->open, e);
	/* a buffer that goes on in a new one was not at its end */
	e->ended = ended || (e->ended && !(ev->flags & WB_EV_ADOPTED));
	if (ev->ts_ns > e->last_ns)
		e->last_ns = ev->ts_ns;
	if (e->ended)
		DL_APPEND(b->ending, e);
	else
		DL_APPEND(b->open, e);
}

int book_add(struct book *b, const struct wb_event *ev)
{
	struct entry *e;

	b->stats.events++;
	if (ev->ts_ns > b->now_ns)
		b->now_ns = ev->ts_ns;
	if (!ev->id)
		return lone_event(b, ev);
	HASH_FIND(hh, b->by_id, &ev->id, sizeof(ev->id), e);
	if (!e)
		e = new_entry(b, ev->id);
	if (!e || append(e, ev))
		return -ENOMEM;
	note(b, e, ev);
	return 0;
}

void book_advance(struct book *b, uint64_t now_ns)
{
	struct entry *e, *tmp;

	DL_FOREACH_SAFE(b->ending, e, tmp) {
		if (e->last_ns + REORDER_NS > now_ns)
			break;
		close_entry(b, e, false);
	}
	DL_FOREACH_SAFE(b->open, e, tmp) {
		if (e->last_ns + IDLE_NS > now_ns)
			break;
		if (!e->waits_neigh || e->last_ns + IDLE_NEIGH_NS <= now_ns)
			close_entry(b, e, true);
	}
}

void book_lost(struct book *b)
{
	struct entry *e, *tmp;

	HASH_ITER(hh, b->by_id, e, tmp)
		e->gap = true;
}

void book_finish(struct book *b)
{
	while (b->ending)
		close_entry(b, b->ending, false);
	while (b->open)
		close_entry(b, b->open, true);
}

const struct book_stats *book_stats(const struct book *b)
{
	return &b->stats;
}

void book_free(struct book *b)
{
	struct entry *e, *tmp;

	if (!b)
		return;
	HASH_ITER(hh, b->by_id, e, tmp)
		forget(b, e);
	free(b->scratch);
	free(b);
}
