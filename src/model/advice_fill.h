/* SPDX-License-Identifier: GPL-2.0-only */
/* Advice is written once for all packets; its parts in braces are a packet's own names. */
#ifndef WAYBILL_MODEL_ADVICE_FILL_H
#define WAYBILL_MODEL_ADVICE_FILL_H

#include <stddef.h>

#include "model/journey.h"

/*
 * Writes text to out, its parts in braces ({dev}, {dst}, {decider}, a key of the decider ...)
 * replaced by what j has; "..." for what it has not. What does not fit is left out.
 */
void advice_fill(const struct journey *j, const char *text, char *out, size_t size);

#endif
