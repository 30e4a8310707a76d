/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of a packet: outcome, and for a drop its layer and station. Judged from the steps and
 * the ends of its buffers, once their functions and reasons have names. Pure.
 */
#ifndef WAYBILL_CAUSES_FATE_H
#define WAYBILL_CAUSES_FATE_H

#include "model/journey.h"

void journey_judge(struct journey *j);

#endif
