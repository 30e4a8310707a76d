/* SPDX-License-Identifier: GPL-2.0-only */
/* Advice is written once for all packets; its parts in braces are a packet's own names. */
#ifndef WAYBILL_CAUSES_ADVICE_FILL_H
#define WAYBILL_CAUSES_ADVICE_FILL_H

#include <stddef.h>

#include "model/journey.h"

/*
 * Writes text to out, its parts in braces ({dev}, {dst}, {decider}, a key of the decider ...)
 * replaced by what j has; "..." for what it has not. What does not fit is left out.
 */
void advice_fill(const struct journey *j, const char *text, char *out, size_t size);

/*
 * The same for commands, with "; " between them, appended to what out has: each foreign word is
 * quoted for the shell, and one of which a word is not known, or has a meaning in the language of
 * the program that it is for, is left out as a whole. Of what is left each runs as it is.
 */
void advice_fill_command(const struct journey *j, const char *text, char *out, size_t size);
/* Both behind what why says already, as far as there is room. */
void advice_add(struct journey *j, const char *words, const char *what);

#endif
