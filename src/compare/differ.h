/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between two packets, and between two steps at the same station; for compare.c. */
#ifndef WAYBILL_COMPARE_DIFFER_H
#define WAYBILL_COMPARE_DIFFER_H

#include "model/diff.h"

/* Both append to the diff's items, which have room for one of each kind. */
void differ_packets(struct diff *d);
/* before_a, before_b: the steps that came before, NULL none. */
void differ_steps(struct diff *d, const struct diff_row *row, const struct step *before_a,
		  const struct step *before_b);
/* By name, so that two recordings of one machine fit, too. */
bool differ_same_netns(const struct step *a, const struct step *b);

#endif
