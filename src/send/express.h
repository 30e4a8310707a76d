/* SPDX-License-Identifier: GPL-2.0-only */
/* A made packet in the forms in which others know packets: a filter's words, a journey's packet. */
#ifndef WAYBILL_SEND_EXPRESS_H
#define WAYBILL_SEND_EXPRESS_H

#include "send/frame.h"
#include "waybill/event.h"
#include "waybill/send.h"

/* pcap-filter(7) for this packet, and for what may come back for it. */
void express_filter(struct text *t, const struct send_key *k);
/* For the swallowers; armed and until_ns are not set. */
void express_made(const struct send_key *k, struct wb_made *ret);
/* As far as the key tells. */
void express_packet(const struct send_key *k, struct wb_packet *ret);
/* As an event would tell this frame, whose key this is, once its tags were off. */
void express_frame(const uint8_t *frame, size_t n, const struct send_key *k, struct wb_packet *ret);
/* May this one have been sent back because of it? */
bool express_answers(const struct send_key *k, const struct wb_packet *p);
/* Is it this one, as it was put in? */
bool express_is(const struct send_key *k, const struct wb_packet *p);

#endif
