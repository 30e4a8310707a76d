/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process has a socket open: found among the open files of all processes. */
#ifndef WAYBILL_HOST_OWNERS_H
#define WAYBILL_HOST_OWNERS_H

#include "host/sockets.h"

/* Fills pid and comm of those that a process has open and that have none yet. */
void owners_of(struct names *n, struct sockets *s);
/* The same, from what was answered when just these were asked for, a moment ago. */
void owners_noted(struct names *n, struct sockets *s);

#endif
