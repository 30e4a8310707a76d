/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is to say of a packet that nothing dropped: it was never sent, nobody reads it, or its
 * end was not seen. Of others that is nothing.
 */
#ifndef WAYBILL_CAUSES_ADVICE_UNDROPPED_H
#define WAYBILL_CAUSES_ADVICE_UNDROPPED_H

#include "model/journey.h"

/* Fills sender_sees, why and next, as catalogue_advise(). */
void advice_undropped(struct journey *j);

#endif
