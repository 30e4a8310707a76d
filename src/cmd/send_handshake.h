/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill send --handshake: behind a SYN the answer that a server would give, put in where the SYN
 * would have left, and the ACK, so that state and NAT are as in life. Nobody is really asked.
 */
#ifndef WAYBILL_CMD_SEND_HANDSHAKE_H
#define WAYBILL_CMD_SEND_HANDSHAKE_H

#include "cmd/send_run.h"

/* Only a SYN that is described begins one: an exit code, after a line on standard error. */
int handshake_check(const struct send *s);
/* What is added to the filter, for packets whose addresses are not known yet. */
void handshake_filter(struct send *s, struct text *t);
/* The journey of the packet that is on its way: where it left, in which form. */
void handshake_note(struct send *s, const struct journey *j);
/* Before the next: one more packet, if the last got through. */
void handshake_go_on(struct send *s);

#endif
