/* SPDX-License-Identifier: GPL-2.0-only */
/* First fragments that were put in: the kernel keeps them, and would tell of them half a minute
 * later. */
#ifndef WAYBILL_CMD_SEND_HELD_H
#define WAYBILL_CMD_SEND_HELD_H

#include "cmd/send_agent.h"

#define HELD_NS (10 * SECOND_NS) /* of the 30 s for which the kernel keeps them */

struct held {
	struct held_fragment *rows; /* the oldest first */
	size_t n;
};

/* Puts a frame in as the fragment was, while what becomes of it is swallowed. */
typedef void held_put(void *arg, const struct agent_request *q);

/* Notes it, if it is one. */
void held_note(struct held *h, const struct agent_request *q, uint64_t now_ns);
/* Makes the kernel forget those from before this time; UINT64_MAX: all. */
void held_forget(struct held *h, uint64_t until_ns, held_put *put, void *arg);

#endif
