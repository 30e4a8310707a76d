/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet's first bytes as NAT left them: what a capture behind it would have shown. */
#ifndef WAYBILL_OUTPUT_LAST_FORM_H
#define WAYBILL_OUTPUT_LAST_FORM_H

#include "model/journey.h"

/* The step at which a device had it last, as it was at the end; else the last step. */
size_t last_form_step(const struct journey *j);
/*
 * The bytes that were kept, with the addresses and ports of its end. False: they are the same, or
 * it is another packet by then (a tunnel is around it).
 */
bool last_form(const struct journey *j, struct wb_raw *ret);

#endif
