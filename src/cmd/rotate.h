/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a recording that goes on in another one (-C, -G, -W), as tcpdump names them. */
#ifndef WAYBILL_CMD_ROTATE_H
#define WAYBILL_CMD_ROTATE_H

#include <time.h>

#include "cmd/options.h"

/* An exit code; what is wrong was printed. */
int rotate_check(const struct options *o);
/* The name of the nth file (from 0), begun at now: the caller frees it; NULL: no memory. */
char *rotate_name(const struct options *o, uint64_t n, time_t now);
/* Has the nth file, that was begun at begun_ns and has so many bytes, enough at now_ns? */
bool rotate_due(const struct options *o, uint64_t bytes, uint64_t begun_ns, uint64_t now_ns);
/* Was the nth file the last one? */
bool rotate_ends(const struct options *o, uint64_t n);

#endif
