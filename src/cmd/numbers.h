/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The numbers of journeys. A journey that another names as its parent gets its number then, though
 * it may be printed later, or not at all. Only the last are kept.
 */
#ifndef WAYBILL_CMD_NUMBERS_H
#define WAYBILL_CMD_NUMBERS_H

#include "model/journey.h"

struct numbers { /* zeroed: none */
	struct numbered *by_id;
	uint64_t last;
};

/* Numbers the journey, and those that its links name. */
void numbers_give(struct numbers *n, struct journey *j);
void numbers_clear(struct numbers *n);

#endif
