/* SPDX-License-Identifier: GPL-2.0-only */
/* The journey of a made packet: how it ended by waybill's own hand, and what would have followed.
 */
#ifndef WAYBILL_CMD_SEND_TELL_H
#define WAYBILL_CMD_SEND_TELL_H

#include "cmd/send_list.h"
#include "host/names.h"
#include "model/journey.h"
#include "send/ground_sets.h"

/*
 * j: not judged yet, and its packet (i) or an answer to it was perhaps swallowed, as log says. Then
 * it ends there, and is no drop. netns: where it was put in.
 */
void send_tell_swallowed(struct journey *j, const struct send_item *i,
			 const struct wb_swallow_log *log, struct names *names);
/* What the device's XDP program said comes first. */
void send_tell_xdp(struct journey *j, const struct send_item *i, uint32_t ifindex, uint32_t netns);
/* The journey of one that XDP did not let pass: it was not put in. */
void send_tell_stopped(struct journey *ret, const struct send_item *i, uint32_t ifindex,
		       uint32_t netns, uint64_t now_ns);

/* The journey of one that a process of this host tried to send: it got this errno, and no packet
 * was seen. */
void send_tell_refused(struct journey *ret, const struct send_item *i, uint32_t netns,
		       uint64_t now_ns, int error);

/* On standard error: what stays behind in sets, or may. */
void send_tell_sets(const struct left_in_sets *sets, bool uncounted_told);

#endif
