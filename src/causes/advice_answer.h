/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of the answer to a dropped packet, the ICMP error or the reset that tells its sender.
 * What the sender sees is in sender.h.
 */
#ifndef WAYBILL_CAUSES_ADVICE_ANSWER_H
#define WAYBILL_CAUSES_ADVICE_ANSWER_H

#include "model/journey.h"

/* Adds to why and next that the answer was lost, or never sent. */
void advice_add_answer(struct journey *j);

#endif
