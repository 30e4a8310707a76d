/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill top: the tally of drops, full-screen and live. */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/counting.h"
#include "output/screen.h"
#include "util/clock.h"

struct top {
	struct counting counting;
	struct screen *screen;
	bool no_screen;
};

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

/* The terminal is taken when all is attached, so that what goes wrong before is read as a line. */
static void idle(struct counting *c)
{
	struct top *t = c->arg;

	if (!t->screen) {
		t->screen = screen_open(strcmp(nl_langinfo(CODESET), "UTF-8") != 0);
		t->no_screen = !t->screen;
		if (t->screen)
			screen_update(t->screen, &c->all, 0);
	}
	c->stop = t->no_screen || !screen_keys(t->screen);
}

static int run(struct top *t)
{
	struct counting *c = &t->counting;
	const char *terminal = getenv("TERM");
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail(EXIT_CANNOT,
			    "top: this is no terminal; 'waybill drops' prints the same as lines");
	setlocale(LC_CTYPE, "");
	c->arg = t;
	c->show = show;
	c->idle = idle;
	c->interval_ns = c->o.interval_ns ? c->o.interval_ns : SECOND_NS;
	r = counting_run(c);
	screen_close(t->screen);
	if (t->no_screen)
		return fail(EXIT_CANNOT, "top: the terminal (TERM=%s) can't be used",
			    terminal ? terminal : "");
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
