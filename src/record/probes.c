/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The probes' names, by which a recording knows them: their numbers change when a row is added.
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

const char *record_probe_name(unsigned probe)
{
	return probe < WB_PROBE_MAX && names[probe] ? names[probe] : "";
}
