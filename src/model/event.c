/* SPDX-License-Identifier: GPL-2.0-only */
/* Sections and bodies of events by a table of sizes; what they mean is not known here. */
#include "model/event.h"

static const uint16_t bodies[WB_KIND_MAX] = {
#define X(id, body) [WB_KIND_##id] = sizeof(struct body),
	WB_KINDS(X)
#undef X
};

static const void *section(const struct wb_event *ev, uint8_t flag, size_t size, size_t *at)
{
	const void *p = (const uint8_t *)ev + *at;

	if (!(ev->flags & flag))
		return NULL;
	*at += size;
	return p;
}

bool event_open(const struct wb_event *ev, size_t room, struct event_parts *ret)
{
	size_t at = sizeof(*ev);

	if (room < sizeof(*ev) || ev->size > room || !ev->kind || ev->kind >= WB_KIND_MAX ||
	    !ev->probe || ev->probe >= WB_PROBE_MAX)
		return false;
	ret->packet = section(ev, WB_EV_PACKET, sizeof(*ret->packet), &at);
	ret->task = section(ev, WB_EV_TASK, sizeof(*ret->task), &at);
	ret->raw = section(ev, WB_EV_RAW, sizeof(*ret->raw), &at);
	ret->body = (const uint8_t *)ev + at;
	return ev->size >= at + bodies[ev->kind];
}
