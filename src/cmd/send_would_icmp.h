/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel itself would do with an ICMP packet that got to this host. */
#ifndef WAYBILL_CMD_SEND_WOULD_ICMP_H
#define WAYBILL_CMD_SEND_WOULD_ICMP_H

#include "cmd/send_list.h"
#include "host/names.h"
#include "model/journey.h"

/* Each adds to j->would; false: p is no such packet. r: where it was swallowed. */
bool would_echo(struct journey *j, const struct wb_packet *p, const struct wb_swallowed *r,
		struct names *names);
/* A question for a neighbour, or an answer to one. i: as it was made. */
bool would_neighbour(struct journey *j, const struct wb_packet *p, const struct wb_swallowed *r,
		     const struct send_item *i, struct names *names);

#endif
