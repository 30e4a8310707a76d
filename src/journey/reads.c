/* SPDX-License-Identifier: GPL-2.0-only */
/* See reads.h. */
#include "journey/reads.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define READS_MAX     4096
#define READ_LATER_NS 5000000ULL /* less than what an ended journey waits for stragglers */

int reads_hold(struct reads *r, const struct wb_event *ev)
{
	struct held_read *held = malloc(sizeof(*held));
	struct held_read *after = r->list ? r->list->prev : NULL;

	if (!held)
		return -ENOMEM;
	memcpy(&held->e, ev, ev->size);
	while (after && after->e.ev.ts_ns > ev->ts_ns)
		after = after == r->list ? NULL : after->prev;
	if (after)
		DL_APPEND_ELEM(r->list, after, held);
	else
		DL_PREPEND(r->list, held);
	r->n++;
	return 0;
}

struct held_read *reads_due(struct reads *r, uint64_t now_ns)
{
	struct held_read *first = r->list;

	if (!first || (r->n < READS_MAX && first->e.ev.ts_ns + READ_LATER_NS > now_ns))
		return NULL;
	DL_DELETE(r->list, first);
	r->n--;
	return first;
}
