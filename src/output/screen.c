/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal of top: what stands where, and what each key does. Its lines: screen_draw.c. */
#include "output/screen.h"

#include <curses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/screen_draw.h"

#define ROWS_AT	 4 /* the first line of the table's rows */
#define ROWS_MIN 3 /* that details leave to the table, or take, too */
#define ESCAPE	 27

struct screen {
	FILE *out;
	SCREEN *terminal;
	struct screen_rows rows;
	enum screen_sort sort;
	size_t selected, top; /* among the rows that fit the filter */
	char filter[32];
	bool ascii, paused, details, help, typing;
	bool journeys, asked; /* the selected site's are shown; and are not here yet */
	struct text page;     /* they */
	size_t page_at;	      /* lines of it that are above the screen */
};

static pid_t owner; /* whose terminal it is: children have the same handler */

static void give_back(int signal)
{
	if (getpid() == owner)
		endwin();
	raise(signal);
}

/* What ends a process where it stands leaves a terminal that can be read. */
static void give_back_at_the_worst(void)
{
	const struct sigaction act = {.sa_handler = give_back,
				      .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
	static const int ends[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE};

	owner = getpid();
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &act, NULL);
}

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
	give_back_at_the_worst();
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(50);
	return s;
}

void screen_leave(void)
{
	endwin();
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	endwin();
	owner = 0; /* curses has no screen any more */
	delscreen(s->terminal);
	screen_rows_clear(&s->rows);
	text_free(&s->page);
	free(s);
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
		screen_human(&t, rates[i]);
		text_printf(&t, "/s");
	}
	text_printf(&t, "  lost %llu", (unsigned long long)r->lost);
	screen_put(0, 0, A_BOLD, t.s);
	if (s->paused)
		screen_put(0, COLS - 8, A_REVERSE, " paused ");
	text_reset(&t);
	for (int l = WB_LAYER_NONE + 1; l < WB_LAYER_MAX; l++) {
		if (!r->layers[l])
			continue;
		text_printf(&t, "%s%s ", t.n ? "   " : "died: ", layer_name(l));
		screen_human(&t, r->layers[l]);
	}
	screen_put(1, 0, 0, t.n ? t.s : "no packet has died yet");
	text_free(&t);
}

static void put_help(void)
{
	static const char *const lines[] = {
		"q        leave",
		"p        pause: the counting goes on, the screen stands still",
		"s        sort by rate, total or layer",
		"d        details of the selected site: rule, why, what next",
		"Enter    its last journeys, station by station; Enter again leaves them",
		"f        show only sites with this text; Enter keeps it, Escape clears it",
		"up down  select a site; also j and k, page up, page down",
		"h        this",
		"HISTORY  a step is a doubling, so one spike hides nothing",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		screen_put(ROWS_AT + i, 2, 0, lines[i]);
}

static void put_foot(const struct screen *s)
{
	char line[160];

	snprintf(line, sizeof(line),
		 "q quit  p pause  s sort:%s  d details  Enter journeys  f filter%s%s%s  h help",
		 screen_sort_name(s->sort), s->filter[0] || s->typing ? ":" : "", s->filter,
		 s->typing ? "_" : "");
	move(LINES - 1, 0);
	clrtoeol();
	screen_put(LINES - 1, 0, A_DIM, line);
}

static size_t fitting(const struct screen *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->rows.n; i++)
		n += screen_row_fits(&s->rows.row[i], s->filter);
	return n;
}

static const struct screen_row *selected_row(const struct screen *s)
{
	size_t at = 0;

	for (size_t i = 0; i < s->rows.n; i++)
		if (screen_row_fits(&s->rows.row[i], s->filter) && at++ == s->selected)
			return &s->rows.row[i];
	return NULL;
}

static void put_rows(struct screen *s, int room)
{
	size_t at = 0;

	if (s->selected < s->top)
		s->top = s->selected;
	if (s->selected >= s->top + room)
		s->top = s->selected - room + 1;
	for (size_t i = 0; i < s->rows.n; i++) {
		const struct screen_row *r = &s->rows.row[i];

		if (!screen_row_fits(r, s->filter))
			continue;
		if (at >= s->top && at < s->top + room)
			screen_put_row(r, ROWS_AT + at - s->top, at == s->selected, s->ascii);
		at++;
	}
}

static void put_table(struct screen *s)
{
	int all = LINES - ROWS_AT - 1, room = all, details = 0;
	const struct screen_row *chosen;
	struct text t = {0};
	size_t n = fitting(s);

	if (s->selected >= n)
		s->selected = n ? n - 1 : 0;
	chosen = s->details ? selected_row(s) : NULL;
	if (chosen) {
		screen_make_details(&t, chosen);
		details = screen_lines(&t) + 1;
		room = all - details < ROWS_MIN ? ROWS_MIN : all - details;
	}
	if (chosen && all < 2 * ROWS_MIN) { /* no room for both */
		screen_put_details(&t, ROWS_AT - 1);
	} else {
		screen_put_titles(ROWS_AT - 1);
		put_rows(s, room < 1 ? 1 : room);
		if (chosen)
			screen_put_details(&t, ROWS_AT + room);
	}
	text_free(&t);
}

static void put_journeys(struct screen *s)
{
	size_t lines = screen_lines(&s->page), room = LINES > ROWS_AT ? LINES - ROWS_AT : 1;

	if (s->page_at + room > lines)
		s->page_at = lines > room ? lines - room : 0;
	if (lines)
		screen_put_page(&s->page, ROWS_AT - 1, s->page_at);
	else
		screen_put(ROWS_AT - 1, 0, 0, s->asked ? "" : "no journey of it is kept any more");
}

static void draw(struct screen *s)
{
	erase();
	put_head(s);
	screen_rows_sort(&s->rows, s->sort);
	if (s->help)
		put_help();
	else if (s->journeys)
		put_journeys(s);
	else
		put_table(s);
	put_foot(s);
	refresh();
}

void screen_wait(struct screen *s, const char *why)
{
	erase();
	screen_put(0, 0, A_BOLD, "waybill top");
	screen_put(1, 0, 0, why);
	screen_put_titles(ROWS_AT - 1);
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

bool screen_wants_journeys(const struct screen *s, const struct tally_site *site)
{
	const struct screen_row *chosen = s->asked ? selected_row(s) : NULL;

	return chosen && screen_row_is(chosen, site, s->ascii);
}

void screen_show_journeys(struct screen *s, struct text *t)
{
	if (!s->asked)
		return;
	text_free(&s->page);
	s->page = *t;
	*t = (struct text){0};
	s->asked = false;
	draw(s);
}

size_t screen_width(void)
{
	return COLS;
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

/* Keys of the table move the line in a page of journeys. */
static void move_by(struct screen *s, size_t n, bool down)
{
	size_t *at = s->journeys ? &s->page_at : &s->selected;

	if (down)
		*at += n;
	else
		*at -= *at < n ? *at : n;
}

static void press(struct screen *s, int key)
{
	size_t page = LINES > ROWS_AT + 2 ? LINES - ROWS_AT - 2 : 1;

	switch (key) {
	case '\n':
	case KEY_ENTER:
		s->journeys = s->asked = !s->journeys && selected_row(s);
		s->page_at = 0;
		text_reset(&s->page);
		break;
	case ESCAPE:
		s->journeys = s->asked = false;
		break;
	case 'p':
		s->paused = !s->paused;
		break;
	case 's':
		s->sort = (s->sort + 1) % SCREEN_SORT_MAX;
		break;
	case 'd':
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
		move_by(s, 1, true);
		break;
	case KEY_UP:
	case 'k':
		move_by(s, 1, false);
		break;
	case KEY_NPAGE:
		move_by(s, page, true);
		break;
	case KEY_PPAGE:
		move_by(s, page, false);
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
