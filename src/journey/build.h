/* SPDX-License-Identifier: GPL-2.0-only */
/* One packet's events to one journey. What became of it is judged later, in causes/fate.h. */
#ifndef WAYBILL_JOURNEY_BUILD_H
#define WAYBILL_JOURNEY_BUILD_H

#include "model/journey.h"

#define STEPS_MAX  256
#define EVENTS_MAX (4 * STEPS_MAX) /* of one journey; later ones are only counted */

/* events: n of one id, in any order; sorted here. 0 or -ENOMEM. */
int journey_build(struct journey *j, const struct wb_event **events, size_t n);

#endif
