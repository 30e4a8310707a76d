/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a dropped packet's sender sees of it, judged from ICMP errors, resets and the place. Reasons
 * after which it always sees the same say so in catalogue_advice.c.
 */
#ifndef WAYBILL_CAUSES_SENDER_H
#define WAYBILL_CAUSES_SENDER_H

#include "model/journey.h"

/* A word of sender_sees ("timeout", "refused", "eperm" ...), static. j has its drop and decider. */
const char *sender_sees(const struct journey *j);
/* It is inside a tunnel over UDP: the ICMP error goes to the tunnel's end, and no further. */
bool sender_error_to_tunnel(const struct journey *j);
/* An ICMP error was due to it, would have been seen, and was not sent. */
bool sender_error_held(const struct journey *j);
/* One was due to it, and nobody watches whether the kernel's limit let it go. */
bool sender_error_unseen(const struct journey *j);

#endif
