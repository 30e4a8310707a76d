/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal of top: what is drawn where, and what each key does. */
#include "output/screen.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/screen_row.h"

#define ROWS_AT	    4 /* the first line of the table's rows */
#define DETAIL_ROWS 6
#define ESCAPE	    27

struct screen {
	FILE *out;
	SCREEN *terminal;
	struct screen_rows rows;
	enum screen_sort sort;
	size_t selected, top; /* among the rows that fit the filter */
	char filter[32];
	bool ascii, paused, details, help, typing;
};

struct screen *screen_open(bool ascii)
{
	struct screen *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->ascii = ascii;
	/* curses wants a descriptor; what stdout is by now may have none */
	s->out = fdopen(dup(STDOUT_FILENO), "w");
	s->terminal = s->out ? newterm(NULL, s->out, stdin) : NULL;
	if (!s->terminal) {
		free(s);
		return NULL;
	}
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	return s;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	endwin();
	delscreen(s->terminal);
	screen_rows_clear(&s->rows);
	free(s);
}

/* One line, cut at the width of the terminal. */
static void put(int y, int x, int attributes, const char *text)
{
	if (y < 0 || y >= LINES || x >= COLS)
		return;
	attron(attributes);
	mvaddnstr(y, x, text, -1);
	attroff(attributes);
}

/* 999, 12.3k, 4.5M: at most five columns. */
static void human(struct text *t, double v)
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

static void put_head(const struct screen *s)
{
	static const char *const names[] = {"seen", "delivered", "transmitted", "dropped"};
	const struct screen_rows *r = &s->rows;
	const double rates[] = {r->seen, r->delivered, r->transmitted, r->dropped};
	struct text t = {0};

	text_printf(&t, "waybill top ");
	if (r->drops_only)
		text_printf(&t, "  only drops are counted");
	for (int i = r->drops_only ? 3 : 0; i < 4; i++) {
		text_printf(&t, "  %s ", names[i]);
		human(&t, rates[i]);
		text_printf(&t, "/s");
	}
	text_printf(&t, "  lost %llu", (unsigned long long)r->lost);
	put(0, 0, A_BOLD, t.s);
	if (s->paused)
		put(0, COLS - 8, A_REVERSE, " paused ");
	text_reset(&t);
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++) {
		if (!r->layers[l])
			continue;
		text_printf(&t, "%s%s ", t.n ? "   " : "died: ", layer_name(l));
		human(&t, r->layers[l]);
	}
	put(1, 0, 0, t.n ? t.s : "no packet has died yet");
	text_free(&t);
}

static void put_row(const struct screen *s, const struct screen_row *r, int y, bool selected)
{
	struct text t = {0}, bars = {0};
	size_t columns;

	human(&t, r->rate);
	text_pad(&t, 0, 8);
	human(&t, r->total);
	text_pad(&t, 0, 16);
	columns = t.n;
	screen_row_bars(&bars, r, s->ascii);
	put(y, 0, selected ? A_REVERSE : 0, "");
	if (selected)
		mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	put(y, 0, selected ? A_REVERSE : 0, t.s);
	put(y, columns, selected ? A_REVERSE : 0, bars.s);
	text_reset(&t);
	text_printf(&t, " %-9s %-24.24s %s", layer_name(r->layer), r->where, r->who);
	put(y, columns + SCREEN_HISTORY, selected ? A_REVERSE : 0, t.s);
	text_free(&t);
	text_free(&bars);
}

static void put_details(const struct screen_row *r, int y)
{
	struct text t = {0};

	mvhline(y++, 0, 0, COLS);
	put(y++, 0, A_BOLD, r->who);
	text_printf(&t, "%s at %s, reason %s", layer_name(r->layer), r->where, r->reason);
	put(y++, 0, 0, t.s);
	text_reset(&t);
	text_printf(&t, "%llu packets, %llu bytes", (unsigned long long)r->total,
		    (unsigned long long)r->bytes);
	if (r->cost_ns)
		text_printf(&t, "; each took %.1f us from its first station to its death",
			    r->cost_ns / 1e3);
	put(y++, 0, 0, t.s);
	put(y, 0, 0, r->check);
	text_free(&t);
}

static void put_help(void)
{
	static const char *const lines[] = {
		"q        leave",
		"p        pause: the counting goes on, the screen stands still",
		"s        sort by rate, total or layer",
		"d        details of the selected site",
		"f        show only sites with this text; Enter keeps it, Escape clears it",
		"up down  select a site; also j and k, page up, page down",
		"h        this",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(ROWS_AT + i, 2, 0, lines[i]);
}

static void put_foot(const struct screen *s)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "q quit  p pause  s sort:%s  d details  f filter%s%s%s  h help",
		 screen_sort_name(s->sort), s->filter[0] || s->typing ? ":" : "", s->filter,
		 s->typing ? "_" : "");
	move(LINES - 1, 0);
	clrtoeol();
	put(LINES - 1, 0, A_DIM, line);
}

static size_t fitting(const struct screen *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->rows.n; i++)
		n += screen_row_fits(&s->rows.row[i], s->filter);
	return n;
}

static void put_table(struct screen *s)
{
	int room = LINES - ROWS_AT - 1 - (s->details ? DETAIL_ROWS : 0);
	const struct screen_row *chosen = NULL;
	size_t n = fitting(s), at = 0;

	put(ROWS_AT - 1, 0, A_UNDERLINE,
	    "RATE/s  TOTAL   HISTORY  LAYER     WHERE                    WHO OR WHY");
	if (s->selected >= n)
		s->selected = n ? n - 1 : 0;
	if (room < 1)
		room = 1;
	if (s->selected < s->top)
		s->top = s->selected;
	if (s->selected >= s->top + room)
		s->top = s->selected - room + 1;
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct screen_row *r = &s->rows.row[i];

		if (!screen_row_fits(r, s->filter))
			continue;
		if (at == s->selected)
			chosen = r;
		if (at >= s->top && at < s->top + room)
			put_row(s, r, ROWS_AT + at - s->top, at == s->selected);
		at++;
	}
	if (s->details && chosen)
		put_details(chosen, LINES - 1 - DETAIL_ROWS);
}

static void draw(struct screen *s)
{
	erase();
	put_head(s);
	screen_rows_sort(&s->rows, s->sort);
	if (s->help)
		put_help();
	else
		put_table(s);
	put_foot(s);
	refresh();
}

void screen_update(struct screen *s, const struct tally *all, uint64_t ns)
{
	if (s->paused)
		return;
	screen_rows_update(&s->rows, all, ns, s->ascii);
	draw(s);
}

bool screen_has_details(const struct screen *s)
{
	return s->details;
}

static void type(struct screen *s, int key)
{
	size_t n = strlen(s->filter);

	if (key == '\n' || key == KEY_ENTER || key == ESCAPE) {
		s->typing = false;
		if (key == ESCAPE)
			s->filter[0] = 0;
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		s->filter[n ? n - 1 : 0] = 0;
	} else if (key >= ' ' && key < 127 && n + 1 < sizeof(s->filter)) {
		s->filter[n] = key;
		s->filter[n + 1] = 0;
	}
}

static void press(struct screen *s, int key)
{
	size_t page = LINES > ROWS_AT + 2 ? LINES - ROWS_AT - 2 : 1;

	switch (key) {
	case 'p':
		s->paused = !s->paused;
		break;
	case 's':
		s->sort = (s->sort + 1) % SCREEN_SORT_MAX;
		break;
	case 'd':
	case '\n':
		s->details = !s->details;
		break;
	case 'f':
	case '/':
		s->typing = true;
		break;
	case 'h':
	case '?':
		s->help = !s->help;
		break;
	case KEY_DOWN:
	case 'j':
		s->selected++;
		break;
	case KEY_UP:
	case 'k':
		s->selected -= s->selected > 0;
		break;
	case KEY_NPAGE:
		s->selected += page;
		break;
	case KEY_PPAGE:
		s->selected -= s->selected < page ? s->selected : page;
		break;
	}
}

bool screen_keys(struct screen *s)
{
	bool any = false;
	int key;

	while ((key = getch()) != ERR) {
		any = true;
		if (s->typing)
			type(s, key);
		else if (key == 'q')
			return false;
		else
			press(s, key);
	}
	if (any)
		draw(s);
	return true;
}
