/* SPDX-License-Identifier: GPL-2.0-only */
/* The packed events of an open journey, and the queues of sockets in which packets wait. */
#include "journey/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "journey/pack.h"

#define LOCAL_IN      1 /* NF_INET_* */
#define FAMILY_4      2 /* NFPROTO_* */
#define FAMILY_6      10
#define ROOM_STEP     64
#define TOLD_LATE_NS  1000000ULL
#define ALIGNED(size) (((size) + 7) & ~(size_t)7)

int entry_append(struct entry *e, const struct wb_event *ev)
{
	size_t need = e->used + PACKED_MAX(ev->size);

	if (need > e->room) {
		uint8_t packed[PACKED_MAX(EVENT_SIZE_MAX)];
		size_t n = pack_event(packed, ev, &e->last);

		if (e->used + n > e->room) {
			size_t room = (e->used + n + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
			uint8_t *more;

			if (e->room >= 16 * ROOM_STEP)
				room += e->room / 2;
			more = realloc(e->events, room);
			if (!more)
				return -ENOMEM;
			e->events = more;
			e->room = room;
		}
		memcpy(e->events + e->used, packed, n);
		e->used += n;
	} else {
		e->used += pack_event(e->events + e->used, ev, &e->last);
	}
	e->last = *ev;
	e->n++;
	return 0;
}

/* Did a hook let it in, and not out? What rules say meanwhile does not change that. */
static bool still_in_hook(const struct entry *e, const struct wb_event *ev,
			  const struct wb_hook_body *h)
{
	if (ev->kind == WB_KIND_RULE || ev->kind == WB_KIND_IPT)
		return e->in_hook;
	return ev->kind == WB_KIND_HOOK && h->where != 1 && h->where != 4 && !h->verdict;
}

void entry_note_hook(struct entry *e, const struct wb_event *ev, const void *body)
{
	const struct wb_hook_body *h = body;

	/* at INPUT: what follows happens in this host, and soon */
	e->taken_in |= ev->kind == WB_KIND_HOOK && h->hook == LOCAL_IN &&
		       (h->pf == FAMILY_4 || h->pf == FAMILY_6);
	if (ev->ts_ns >= e->last_ns)
		e->in_hook = still_in_hook(e, ev, h);
}

int entry_unpack(const struct entry *e, struct unpacked *u)
{
	struct wb_event before = {.id = e->last.id}, big[EVENT_SIZE_MAX / sizeof(before)];
	const uint8_t *p = e->events;
	size_t at = 0;

	for (size_t i = 0; i < e->n; i++) {
		p += unpack_event(p, &before, big);
		before = big[0];
		if (at + ALIGNED(before.size) > u->room) {
			size_t room = 2 * (at + ALIGNED(before.size)) + 4096;
			uint8_t *more = realloc(u->bytes, room);

			if (!more)
				return -ENOMEM;
			u->bytes = more;
			u->room = room;
		}
		memcpy(u->bytes + at, big, before.size);
		at += ALIGNED(before.size);
	}
	at = 0;
	for (size_t i = 0; i < e->n; i++) {
		u->events[i] = (const struct wb_event *)(u->bytes + at);
		at += ALIGNED(u->events[i]->size);
	}
	return 0;
}

void unpacked_clear(struct unpacked *u)
{
	free(u->bytes);
	*u = (struct unpacked){0};
}

/* They come in runs, each of which is in order: the place is looked for from that of the last. */
static void ages_insert(struct ages *a, struct entry *e)
{
	struct entry *before = a->near ? a->near : a->oldest ? a->oldest->older : NULL;

	while (before && before->younger && before->younger->first_ns <= e->first_ns)
		before = before->younger;
	while (before && before->first_ns > e->first_ns)
		before = before == a->oldest ? NULL : before->older;
	if (before)
		DL_APPEND_ELEM2(a->oldest, before, e, older, younger);
	else
		DL_PREPEND2(a->oldest, e, older, younger);
	a->near = e;
}

void ages_note(struct ages *a, struct entry *e, uint64_t ns)
{
	if (e->first_ns && e->first_ns <= ns)
		return;
	ages_forget(a, e);
	e->first_ns = ns ? ns : 1;
	ages_insert(a, e);
}

void ages_forget(struct ages *a, struct entry *e)
{
	if (!e->first_ns)
		return;
	if (a->near == e)
		a->near = e == a->oldest ? e->younger : e->older;
	DL_DELETE2(a->oldest, e, older, younger);
	e->first_ns = 0;
}

struct socket_queue {
	uint64_t sk;
	struct entry *first;
	UT_hash_handle hh;
};

/* In the order of their times: the events of two CPUs may come the other way round. */
static void insert(struct socket_queue *q, struct entry *e)
{
	struct entry *after = q->first ? q->first->queue_prev : NULL;

	while (after && after->queued_ns > e->queued_ns)
		after = after == q->first ? NULL : after->queue_prev;
	if (after)
		DL_APPEND_ELEM2(q->first, after, e, queue_prev, queue_next);
	else
		DL_PREPEND2(q->first, e, queue_prev, queue_next);
}

int sockets_queue(struct sockets *s, uint64_t sk, struct entry *e)
{
	struct socket_queue *q;

	if (!sk || e->socket)
		return 0;
	HASH_FIND(hh, s->by_address, &sk, sizeof(sk), q);
	if (!q) {
		q = calloc(1, sizeof(*q));
		if (!q)
			return -ENOMEM;
		q->sk = sk;
		HASH_ADD(hh, s->by_address, sk, sizeof(q->sk), q);
	}
	insert(q, e);
	e->socket = q;
	return 0;
}

void sockets_forget(struct sockets *s, struct entry *e)
{
	struct socket_queue *q = e->socket;

	if (!q)
		return;
	DL_DELETE2(q->first, e, queue_prev, queue_next);
	e->socket = NULL;
	if (q->first)
		return;
	HASH_DEL(s->by_address, q);
	free(q);
}

struct entry *sockets_read(struct sockets *s, uint64_t sk, uint64_t ns)
{
	struct socket_queue *q;
	struct entry *e;

	HASH_FIND(hh, s->by_address, &sk, sizeof(sk), q);
	/* a reader on another CPU can be done before it is told that there is data */
	if (!q || q->first->queued_ns > ns + TOLD_LATE_NS)
		return NULL;
	e = q->first;
	sockets_forget(s, e);
	return e;
}
