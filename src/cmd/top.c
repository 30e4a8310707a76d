/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill top: the tally of drops, full-screen and live. */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/counting.h"
#include "output/screen.h"
#include "output/sink.h"
#include "util/clock.h"
#include "util/ending.h"

#define JOURNEYS_MAX 5 /* of a site, on one page */

struct top {
	struct counting counting;
	bool ascii;
	struct screen *screen;
	int said; /* what was said on standard error meanwhile; -1: it is as always */
};

/* Standard error, while lines wait, for who has no argument: a signal's handler. -1: as always. */
static int terminal = -1;

static void show(struct counting *c, struct tally *interval, uint64_t interval_ns)
{
	struct top *t = c->arg;

	(void)interval;
	if (!t->screen)
		return;
	if (screen_has_details(t->screen))
		counting_check(c, false);
	screen_update(t->screen, &c->all, interval_ns);
}

static void put_journey(void *arg, const struct journey *j)
{
	const struct sink_opts o = {.width = screen_width(), .untimed = true, .time = WALL_LOCAL};

	journey_text(arg, j, &o);
}

/* The last ones of the site that the user has chosen. */
static void tell_journeys(struct top *t)
{
	const struct tally *all = &t->counting.all;
	struct text lines = {.ascii = t->ascii};

	for (size_t i = 0; i < all->n_sites; i++)
		if (screen_wants_journeys(t->screen, &all->sites[i]))
			counting_journeys(&t->counting, &all->sites[i], JOURNEYS_MAX, put_journey,
					  &lines);
	screen_show_journeys(t->screen, &lines);
	text_free(&lines);
}

static void idle(struct counting *c)
{
	struct top *t = c->arg;

	if (!screen_keys(t->screen)) {
		ending_begin();
		c->stop = true;
	}
	tell_journeys(t);
}

static int ready(struct counting *c)
{
	struct top *t = c->arg;

	screen_update(t->screen, &c->all, 0);
	return EXIT_DONE;
}

/* Lines would be drawn over on the screen, so they wait until it is given back. */
static void hold_lines(struct top *t)
{
	t->said = -1;
	if (!isatty(STDERR_FILENO))
		return;
	t->said = memfd_create("waybill-said", MFD_CLOEXEC);
	terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (t->said >= 0 && terminal >= 0)
		dup2(t->said, STDERR_FILENO);
}

/* What is said from now on is the last word. */
static void leave(void)
{
	screen_leave();
	if (terminal >= 0)
		dup2(terminal, STDERR_FILENO);
}

static void say_lines(struct top *t)
{
	char line[512];
	ssize_t n;

	fflush(stderr);
	if (t->said >= 0 && terminal >= 0) {
		dup2(terminal, STDERR_FILENO);
		lseek(t->said, 0, SEEK_SET);
		while ((n = read(t->said, line, sizeof(line))) > 0)
			fwrite(line, 1, n, stderr);
	}
	if (t->said >= 0)
		close(t->said);
	if (terminal >= 0)
		close(terminal);
}

static int run(struct top *t)
{
	struct counting *c = &t->counting;
	const char *kind = getenv("TERM");
	sigset_t set;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail(EXIT_CANNOT,
			    "top: this is no terminal; 'waybill drops' prints the same as lines");
	setlocale(LC_CTYPE, "");
	c->arg = t;
	c->show = show;
	c->idle = idle;
	c->ready = ready;
	c->live.leave = leave;
	c->interval_ns = c->o.interval_ns ? c->o.interval_ns : SECOND_NS;
	t->ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	/* until there is somebody who gives the terminal back */
	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	t->screen = screen_open(t->ascii);
	if (!t->screen)
		return fail(EXIT_CANNOT, "top: the terminal (TERM=%s) can't be used",
			    kind ? kind : "");
	screen_wait(t->screen, "starting: the kernel checks the programs");
	hold_lines(t);
	r = counting_run(c);
	screen_close(t->screen);
	say_lines(t);
	return r;
}

int cmd_top(int argc, char **argv)
{
	struct top *t = calloc(1, sizeof(*t));
	int r = EXIT_USAGE;

	if (!t)
		return fail(EXIT_CANNOT, "out of memory");
	if (options_parse(&t->counting.o, FOR_TOP, argc, argv))
		goto out;
	if (t->counting.o.help) {
		options_help("top [OPTIONS] [PCAP-FILTER]",
			     "Where packets die, full-screen and live; h shows the keys.", FOR_TOP);
		r = EXIT_DONE;
		goto out;
	}
	r = run(t);
out:
	counting_close(&t->counting);
	options_clear(&t->counting.o);
	free(t);
	return r;
}
