/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The full screen of top: sites as rows with their rate and a short history. Drawing and keys; who
 * counts is src/cmd/.
 */
#ifndef WAYBILL_OUTPUT_SCREEN_H
#define WAYBILL_OUTPUT_SCREEN_H

#include <stdbool.h>

#include "model/tally.h"
#include "util/text.h"

struct screen;

/* Takes the terminal of stdin and stdout; NULL: it can't be used, or no memory. */
struct screen *screen_open(bool ascii);
/* Gives the terminal back; NULL is fine. */
void screen_close(struct screen *s);
/* The terminal alone, where the process ends at once. */
void screen_leave(void);

/* The frame alone, before there is anything to count: why, in a few words. */
void screen_wait(struct screen *s, const char *why);
/* all: since the start; ns: the time since the last call. */
void screen_update(struct screen *s, const struct tally *all, uint64_t ns);
/* Are details shown? Only there it is told what the kernel's own counters say. */
bool screen_has_details(const struct screen *s);
/* Are this site's latest journeys wanted, and not here yet? */
bool screen_wants_journeys(const struct screen *s, const struct tally_site *site);
/* Here they are, as lines, or none; they stand until the user leaves them. Takes t over. */
void screen_show_journeys(struct screen *s, struct text *t);
/* How many columns they may have. */
size_t screen_width(void);
/* Handles the keys that were pressed. False: the user wants to leave. */
bool screen_keys(struct screen *s);

#endif
