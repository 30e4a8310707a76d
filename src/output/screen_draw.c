/* SPDX-License-Identifier: GPL-2.0-only */
/* The lines of the screen, each within the terminal's width: rows in columns, and details. */
#include "output/screen_draw.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

#define RATE_WIDTH  8
#define TOTAL_WIDTH 8
#define LAYER_WIDTH 10

/* One line, cut at the width of the terminal: curses would go on in the next one. */
void screen_put(int y, int x, int attributes, const char *text)
{
	struct text t = {0};

	if (y < 0 || y >= LINES || x >= COLS || !text)
		return;
	text_put(&t, text, strlen(text));
	text_cut(&t, 0, COLS - x);
	attron(attributes);
	mvaddnstr(y, x, t.n ? t.s : "", -1);
	attroff(attributes);
	text_free(&t);
}

/* What a row has room for: who decided is what tells rows apart, so all else gives way to it. */
struct columns {
	size_t total, history, layer, where; /* widths, with the space behind; 0: not shown */
};

static struct columns columns(void)
{
	struct columns c = {.total = TOTAL_WIDTH,
			    .history = SCREEN_HISTORY + 1,
			    .layer = LAYER_WIDTH,
			    .where = COLS < 100 ? 25 : 33};

	if (COLS < 76)
		c.history = 0;
	if (COLS < 64)
		c.layer = 0;
	if (COLS < 56)
		c.total = 0;
	if (COLS < 60)
		c.where = COLS / 3 + 1;
	return c;
}

/* 999, 12.3k, 4.5M: at most five columns. */
void screen_human(struct text *t, double v)
{
	static const char units[] = " kMGT";
	int u = 0;

	for (; v >= 999.5 && u < 4; u++)
		v /= 1000;
	if (u)
		text_printf(t, "%.*f%c", v < 99.95 ? 1 : 0, v, units[u]);
	else
		text_printf(t, "%.0f", v);
}

/* The text in so many columns; last: what is too long loses its middle, as its end tells rules
 * apart, and its beginning programs. */
static void put_column(struct text *t, const char *words, size_t width, bool last)
{
	size_t start = t->n;

	if (!width)
		return;
	text_put(t, words, strlen(words));
	if (last) {
		text_shorten(t, start, width);
		return;
	}
	text_cut(t, start, width - 1);
	text_pad(t, start, width);
}

void screen_put_row(const struct screen_row *r, int y, bool selected, bool ascii)
{
	const struct columns c = columns();
	struct text t = {0};
	size_t start;

	screen_human(&t, r->rate);
	text_pad(&t, 0, RATE_WIDTH);
	start = t.n;
	if (c.total) {
		screen_human(&t, r->total);
		text_pad(&t, start, c.total);
	}
	if (c.history) {
		screen_row_bars(&t, r, ascii);
		text_put(&t, " ", 1);
	}
	put_column(&t, layer_name(r->layer), c.layer, false);
	put_column(&t, r->where, c.where, false);
	start = RATE_WIDTH + c.total + c.history + c.layer + c.where;
	put_column(&t, r->who, (size_t)COLS > start ? COLS - start : 0, true);
	if (selected)
		mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	screen_put(y, 0, selected ? A_REVERSE : 0, t.s);
	if (selected)
		mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	text_free(&t);
}

/* Several lines, each a word and what it says, as wide as the terminal. */
static void tell(struct text *t, const char *word, const char *words)
{
	if (!words[0])
		return;
	text_printf(t, "%-6s", word);
	text_wrapped(t, words, 6, 6, COLS);
	text_put(t, "\n", 1);
}

void screen_make_details(struct text *t, const struct screen_row *r)
{
	struct text line = {0};

	tell(t, "who", r->who);
	tell(t, "rule", r->rule);
	text_printf(&line, "%llu packets, %llu bytes", (unsigned long long)r->total,
		    (unsigned long long)r->bytes);
	if (r->cost_ns)
		text_printf(&line, "; each took %.1f us from its first station to its death",
			    r->cost_ns / 1e3);
	tell(t, "seen", line.s);
	text_reset(&line);
	text_printf(&line, "%s at %s, reason %s", layer_name(r->layer), r->where, r->reason);
	tell(t, "where", line.s);
	tell(t, "why", r->why);
	tell(t, "next", r->next);
	tell(t, "check", r->check);
	text_free(&line);
}

int screen_lines(const struct text *t)
{
	int n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->s[i] == '\n';
	return n;
}

/* From line y on, as far as there is room. */
void screen_put_details(struct text *t, int y)
{
	char *line = t->n ? t->s : "", *end;

	mvhline(y++, 0, 0, COLS);
	for (; (end = strchr(line, '\n')) && y < LINES - 1; line = end + 1) {
		*end = 0;
		screen_put(y++, 0, 0, line);
	}
}

void screen_put_page(const struct text *t, int y, size_t at)
{
	const char *line = t->n ? t->s : "", *end;

	for (; (end = strchr(line, '\n')) && y < LINES - 1; line = end + 1) {
		char one[1024];

		if (at) {
			at--;
			continue;
		}
		snprintf(one, sizeof(one), "%.*s", (int)(end - line), line);
		screen_put(y++, 0, 0, one);
	}
}

void screen_put_titles(int y)
{
	const struct columns c = columns();
	struct text t = {0};

	text_printf(&t, "RATE/s");
	text_pad(&t, 0, RATE_WIDTH);
	put_column(&t, "TOTAL", c.total, false);
	put_column(&t, "HISTORY", c.history, false);
	put_column(&t, "LAYER", c.layer, false);
	put_column(&t, "WHERE", c.where, false);
	text_printf(&t, "WHO OR WHY");
	screen_put(y, 0, A_UNDERLINE, t.s);
	text_free(&t);
}
