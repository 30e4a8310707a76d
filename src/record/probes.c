/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording's numbers mean: the probes' names, because their numbers change when a row is
 * added, and the sizes of the events' bodies, because a file may hold anything.
 */
#include "record/record.h"

static const char *const names[WB_PROBE_MAX] = {
#define X(n, group, station) [WB_PROBE_TP_##n] = "tp/" #n,
	WB_TRACEPOINTS(X)
#undef X
#define X(n, arg, nargs, station) [WB_PROBE_FN_##n] = "fn/" #n,
		WB_FUNCTIONS(X)
#undef X
#define X(n, station) [WB_PROBE_FN_##n] = "fn/" #n,
			WB_OWN_FUNCTIONS(X)
#undef X
#define X(n, station) [WB_PROBE_OWN_##n] = "own/" #n,
				WB_OBSERVERS(X)
#undef X
};

static const uint16_t bodies[WB_KIND_MAX] = {
#define X(id, body) [WB_KIND_##id] = sizeof(struct body),
	WB_KINDS(X)
#undef X
};

const char *record_probe_name(unsigned probe)
{
	return probe < WB_PROBE_MAX && names[probe] ? names[probe] : "";
}

bool record_event_is_whole(const struct wb_event *ev, size_t room)
{
	size_t need = sizeof(*ev);

	if (room < sizeof(*ev) || ev->size > room || !ev->kind || ev->kind >= WB_KIND_MAX ||
	    ev->probe >= WB_PROBE_MAX)
		return false;
	need += ev->flags & WB_EV_PACKET ? sizeof(struct wb_packet) : 0;
	need += ev->flags & WB_EV_TASK ? sizeof(struct wb_task) : 0;
	need += ev->flags & WB_EV_RAW ? sizeof(struct wb_raw) : 0;
	return ev->size >= need + bodies[ev->kind];
}
