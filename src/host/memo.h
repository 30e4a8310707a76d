/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers about sockets, kept for a moment: a flood of packets that die alike asks once, not once a
 * packet, because finding a socket's process means looking through all processes.
 */
#ifndef WAYBILL_HOST_MEMO_H
#define WAYBILL_HOST_MEMO_H

#include "model/journey.h"
#include "host/names.h"

/* A reference, or NULL: nothing is known of such a drop, ask. */
struct decider *memo_get(struct names *n, const struct journey *j);
/* The answer for j, kept for others like it; a reference of its own is taken. */
void memo_put(struct names *n, const struct journey *j, struct decider *d);

#endif
