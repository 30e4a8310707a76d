/* SPDX-License-Identifier: GPL-2.0-only */
/* How unlike two short words are, for "did you mean". */
#ifndef WAYBILL_UTIL_NEAR_H
#define WAYBILL_UTIL_NEAR_H

#include <stddef.h>

/* Insertions, deletions and changes between the two; 99: b is too long for that. */
size_t near_distance(const char *a, const char *b);

#endif
