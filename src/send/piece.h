/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes the kernel forget the first fragment of a packet whose others never come. It waits for
 * them for half a minute, and then tells the sender; pieces that overlap end that at once and in
 * silence (ip_frag_queue, nf_ct_frag6_queue, 5.10 to 7.2).
 */
#ifndef WAYBILL_SEND_PIECE_H
#define WAYBILL_SEND_PIECE_H

#include "send/frame.h"

/* In this order. Where nothing waits any more the second ends what the first began. */
enum send_piece { SEND_PIECE_BEHIND, SEND_PIECE_OVERLAPS, SEND_PIECE_MAX };

/* Is it such a first fragment? k: as it was read. */
bool send_piece_waits(const uint8_t *frame, size_t n, const struct send_key *k);
/* Into SEND_FRAME_MAX bytes; its length. */
size_t send_piece_make(const uint8_t *frame, const struct send_key *k, enum send_piece which,
		       uint8_t *ret);

#endif
