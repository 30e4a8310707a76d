/* SPDX-License-Identifier: GPL-2.0-only */
/* Who would have taken a made packet that was swallowed before anybody here could get it. */
#ifndef WAYBILL_CMD_SEND_WOULD_H
#define WAYBILL_CMD_SEND_WOULD_H

#include "cmd/send_list.h"
#include "host/names.h"
#include "model/journey.h"
#include "waybill/send.h"

/*
 * Fills j->would: the socket, the kernel itself, a tunnel device, or nobody. Where it is not known
 * who takes such packets, it stays empty. r: where i was swallowed.
 */
void send_would_take(struct journey *j, const struct wb_swallowed *r, const struct send_item *i,
		     struct names *names);

#endif
