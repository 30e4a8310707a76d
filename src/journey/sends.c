/* SPDX-License-Identifier: GPL-2.0-only */
/* See sends.h. */
#include "journey/sends.h"

#include <errno.h>
#include <string.h>

#include "model/event.h"

/* From a look-up that failed to one that finds a route, or to what the call returned: microseconds,
 * but under emulation. */
#define SAME_SEND_NS 20000000ULL
/* Between look-ups that fail: the next send of the same process looks the same. */
#define NEXT_TABLE_NS 1000000ULL

static const uint8_t nowhere[16];

static bool within(uint64_t a_ns, uint64_t b_ns, uint64_t window_ns)
{
	return a_ns < b_ns + window_ns && b_ns < a_ns + window_ns;
}

static uint32_t pid_of(const struct event_parts *p)
{
	return p->task ? p->task->pid : 0;
}

/* What the call returned, or one of the look-ups that it makes? */
static bool is_result(const struct wb_event *ev)
{
	return ev->probe != WB_PROBE_TP_fib_table_lookup &&
	       ev->probe != WB_PROBE_TP_fib6_table_lookup;
}

/* The body of one that is of this process, to be written to; else NULL. */
static struct wb_send_fail_body *body_of(struct held_send *h, uint32_t pid)
{
	struct event_parts p;

	if (!event_open(&h->e.ev, sizeof(h->e), &p) || pid_of(&p) != pid)
		return NULL;
	return (struct wb_send_fail_body *)(h->e.bytes + ((const uint8_t *)p.body - h->e.bytes));
}

/*
 * May this event be of the send that is held? A call returns once, after its look-ups; the next
 * call of the process looks the same.
 */
static bool continues(const struct held_send *h, const struct wb_event *ev)
{
	uint64_t held_ns = h->e.ev.ts_ns;

	if (is_result(ev))
		return !h->returned && ev->ts_ns >= held_ns &&
		       within(ev->ts_ns, held_ns, SAME_SEND_NS);
	if (h->returned)
		return !h->looked && ev->ts_ns <= held_ns &&
		       within(ev->ts_ns, held_ns, SAME_SEND_NS);
	return within(ev->ts_ns, held_ns, NEXT_TABLE_NS);
}

/* Did the same process find a route to there a moment later? */
static bool found_after(const struct sends *s, uint64_t ts_ns, uint32_t pid, const uint8_t *daddr)
{
	return s->found_ns > ts_ns && s->found_ns < ts_ns + SAME_SEND_NS && s->found_pid == pid &&
	       !memcmp(s->found_daddr, daddr, 16);
}

static void note(struct held_send *h, const struct wb_event *ev)
{
	if (is_result(ev))
		h->returned = true;
	else
		h->looked = true;
}

bool sends_failed(struct sends *s, const struct wb_event *ev, const struct event_parts *p)
{
	const struct wb_send_fail_body *f = p->body;

	if (ev->flags & WB_EV_LAST) /* out of a recording: it was put together there */
		return false;
	if (f->err == -ENETUNREACH && found_after(s, ev->ts_ns, pid_of(p), f->daddr))
		return true;
	for (size_t i = s->n; i-- > 0;) {
		struct held_send *h = &s->held[i];
		struct wb_send_fail_body *held = body_of(h, pid_of(p));

		if (!held || !continues(h, ev))
			continue;
		/* a socket that is not connected does not know where it was to go */
		if (memcmp(f->daddr, nowhere, 16) && memcmp(held->daddr, nowhere, 16) &&
		    memcmp(f->daddr, held->daddr, 16))
			continue;
		/* that a table had no route is the least of what can be said */
		if (held->err == -ENETUNREACH)
			held->err = f->err;
		if (!held->len)
			held->len = f->len;
		if (!memcmp(held->daddr, nowhere, 16))
			memcpy(held->daddr, f->daddr, 16);
		note(h, ev);
		return true;
	}
	return false;
}

void sends_hold(struct sends *s, const struct wb_event *ev)
{
	struct held_send *h = &s->held[s->n++];

	memcpy(h->e.bytes, ev, ev->size);
	h->looked = h->returned = ev->flags & WB_EV_LAST;
	note(h, ev);
}

static void forget(struct sends *s, size_t i)
{
	s->n--;
	memmove(&s->held[i], &s->held[i + 1], (s->n - i) * sizeof(s->held[0]));
}

bool sends_found_route(struct sends *s, const struct wb_event *ev, const struct event_parts *p)
{
	const struct wb_route_body *r = p->body;

	s->found_ns = ev->ts_ns;
	s->found_pid = pid_of(p);
	memcpy(s->found_daddr, r->daddr, 16);
	for (size_t i = s->n; i-- > 0;) {
		struct held_send *h = &s->held[i];
		struct wb_send_fail_body *held = body_of(h, pid_of(p));

		if (!held || h->returned || held->err != -ENETUNREACH ||
		    memcmp(r->daddr, held->daddr, 16) ||
		    !within(ev->ts_ns, h->e.ev.ts_ns, SAME_SEND_NS))
			continue;
		forget(s, i);
		return true;
	}
	return false;
}

const struct wb_event *sends_due(struct sends *s, uint64_t now_ns)
{
	struct wb_event *first = &s->held[0].e.ev;

	if (!s->n || (s->n < SENDS_MAX && first->ts_ns + SAME_SEND_NS > now_ns))
		return NULL;
	first->flags |= WB_EV_LAST;
	return first;
}

void sends_forget_first(struct sends *s)
{
	forget(s, 0);
}
