/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of top's screen; inside this room, for screen.c, which says where they stand. */
#ifndef WAYBILL_OUTPUT_SCREEN_DRAW_H
#define WAYBILL_OUTPUT_SCREEN_DRAW_H

#include "output/screen_row.h"

/* One line, cut at the width of the terminal. */
void screen_put(int y, int x, int attributes, const char *text);
/* 999, 12.3k, 4.5M: at most five columns. */
void screen_human(struct text *t, double v);
void screen_put_titles(int y);
void screen_put_row(const struct screen_row *r, int y, bool selected, bool ascii);
/* All that is known of it, in lines as wide as the terminal. */
void screen_make_details(struct text *t, const struct screen_row *r);
int screen_lines(const struct text *t);
/* A page of lines of which the first at are above the screen; t is as before. */
void screen_put_page(const struct text *t, int y, size_t at);
/* From line y on, as far as there is room above the last; t is used up. */
void screen_put_details(struct text *t, int y);

#endif
