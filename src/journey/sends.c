/* SPDX-License-Identifier: GPL-2.0-only */
/* See sends.h. */
#include "journey/sends.h"

#include <errno.h>
#include <string.h>

#include "model/event.h"

#define SAME_SEND_NS 1000000ULL /* look-ups and the error of one send lie within this time */

static const uint8_t nowhere[16];

static bool in_time(const struct sends *s, uint64_t ts_ns)
{
	return s->holds && ts_ns < s->held.ev.ts_ns + SAME_SEND_NS &&
	       s->held.ev.ts_ns < ts_ns + SAME_SEND_NS;
}

static uint32_t pid_of(const struct event_parts *p)
{
	return p->task ? p->task->pid : 0;
}

/* The held event's own body, to be written to; NULL: another process, or another time. */
static struct wb_send_fail_body *body_of(struct sends *s, const struct wb_event *ev,
					 const struct event_parts *p)
{
	struct event_parts held;

	if (!in_time(s, ev->ts_ns) || !event_open(&s->held.ev, sizeof(s->held), &held))
		return NULL;
	if (pid_of(&held) != pid_of(p))
		return NULL;
	return (struct wb_send_fail_body *)(s->held.bytes +
					    ((const uint8_t *)held.body - s->held.bytes));
}

/* Did the same process find a route to there a moment later? */
static bool found_after(const struct sends *s, uint64_t ts_ns, uint32_t pid, const uint8_t *daddr)
{
	return s->found_ns > ts_ns && s->found_ns < ts_ns + SAME_SEND_NS && s->found_pid == pid &&
	       !memcmp(s->found_daddr, daddr, 16);
}

bool sends_failed(struct sends *s, const struct wb_event *ev, const struct event_parts *p)
{
	const struct wb_send_fail_body *f = p->body;
	struct wb_send_fail_body *held = body_of(s, ev, p);

	if (f->err == -ENETUNREACH && found_after(s, ev->ts_ns, pid_of(p), f->daddr))
		return true;
	if (!held)
		return false;
	/* a socket that is not connected does not know where it was to go */
	if (memcmp(f->daddr, nowhere, 16) && memcmp(f->daddr, held->daddr, 16))
		return false;
	/* that a table had no route is the least of what can be said */
	if (held->err == -ENETUNREACH)
		held->err = f->err;
	if (!held->len)
		held->len = f->len;
	return true;
}

void sends_hold(struct sends *s, const struct wb_event *ev)
{
	memcpy(s->held.bytes, ev, ev->size);
	s->holds = true;
}

bool sends_found_route(struct sends *s, const struct wb_event *ev, const struct event_parts *p)
{
	const struct wb_route_body *r = p->body;
	const struct wb_send_fail_body *held = body_of(s, ev, p);

	s->found_ns = ev->ts_ns;
	s->found_pid = pid_of(p);
	memcpy(s->found_daddr, r->daddr, 16);
	if (!held || memcmp(r->daddr, held->daddr, 16) || held->err != -ENETUNREACH)
		return false;
	s->holds = false;
	return true;
}

bool sends_over(const struct sends *s, uint64_t now_ns)
{
	return s->holds && s->held.ev.ts_ns + SAME_SEND_NS <= now_ns;
}
