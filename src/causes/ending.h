/* SPDX-License-Identifier: GPL-2.0-only */
/* What the end of one sk_buff means. Which end is the packet's is decided in fate.c. */
#ifndef WAYBILL_CAUSES_ENDING_H
#define WAYBILL_CAUSES_ENDING_H

#include "model/journey.h"

/* It lay in a socket's queue when that was closed. */
bool ending_purged(const struct journey *j, const struct ending *e);

/* It waited for its next hop's link address, and the neighbour's entry went away. */
bool ending_unresolved(const struct journey *j, const struct ending *e);

/* It came for a TCP connection that was closed already (TIME_WAIT, FIN_WAIT_2 without a socket). */
bool ending_of_closed(const struct ending *e);

/* By its MAC address it was for many hosts, or it is what this host gets of its own broadcast. */
bool ending_for_many(const struct ending *e);

/* UDP freed it without a reason: at a port of a broadcast or group that nobody has, say. */
bool ending_of_udp(const struct ending *e);

/* TCP used what was in it before it was freed like a drop. */
bool ending_used(const struct journey *j, const struct ending *e);

/*
 * One of several copies, at a host that it is not for: a bridge that does not know where the
 * addressee is gives one to everybody, and of a broadcast or of what is sent to a group gets one
 * itself, though it may have no address (ip_rcv_core, ip_route_input_noref; 5.10 to 7.2).
 */
bool ending_for_others(const struct ending *e);

/* It harms nobody: other copies went on, or it is the end of something that had its effect. */
bool ending_harmless(const struct journey *j, const struct ending *e);

/*
 * On kernels without reasons: which one a place that frees for several means, by the ICMP error
 * that the packet caused and its TTL. NULL: the place tells enough.
 */
const char *ending_reason(const struct journey *j, const struct ending *e);

/* At which side of its device tc was about to act on it, at this end. */
enum wb_station ending_tc_side(const struct journey *j, const struct ending *e);

/* tc took it without calling it a drop (stolen, queued, trapped), and nothing of it went on. */
bool ending_stolen(const struct journey *j, const struct ending *e);
/* Freed in peace by who refuses it: WireGuard, what a peer may not send. */
bool ending_refused(const struct journey *j, const struct ending *e);

/* Taken in by SYNPROXY, which stands for the host behind it. */
bool ending_answered(const struct ending *e);

#endif
