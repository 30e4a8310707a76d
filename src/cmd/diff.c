/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill diff: two journeys are chosen, by number or as the typical one of a filter or of a
 * recording, and laid beside each other (src/compare/).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/printing.h"
#include "cmd/recording.h"
#include "cmd/replay.h"
#include "compare/compare.h"
#include "filter/filter.h"
#include "output/diff_lines.h"
#include "util/text.h"

/* Which journey is wanted: one by its number, or the typical one of those that pass. */
struct choice {
	const char *word;
	char *file; /* owned: without -r the recording, else NULL */
	uint64_t number;
	struct filter filter;
	struct typical *typical;
	struct journey chosen;
	bool found;
};

struct diff_cmd {
	struct options o;
	struct choice choices[2];
};

struct choosing { /* a sink that prints nothing */
	struct sink sink;
	struct choice *choices;
	size_t n;
};

static int choose(struct choice *c, const struct journey *j)
{
	int r;

	if (!c->number)
		return filter_passes(&c->filter, j) ? typical_add(c->typical, j) : 0;
	if (c->number != j->number || c->found)
		return 0;
	r = journey_copy(&c->chosen, j);
	c->found = !r;
	return r;
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct choosing *s = (struct choosing *)sink;
	int r = 0;

	for (size_t i = 0; i < s->n && !r; i++)
		r = choose(&s->choices[i], j);
	return r;
}

static void on_free(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops ops = {.journey = on_journey, .free = on_free};

static int read_for(const struct options *o, struct recording_in *in, struct choice *choices,
		    size_t n)
{
	struct choosing *s = calloc(1, sizeof(*s));

	if (!s) {
		if (in)
			recording_close(in);
		return fail(EXIT_CANNOT, "out of memory");
	}
	s->sink.ops = &ops;
	s->sink.o.out = stdout;
	s->choices = choices;
	s->n = n;
	return replay(o, in, &s->sink);
}

static bool is_number(const char *word)
{
	word += *word == '#';
	return *word && strspn(word, "0123456789") == strlen(word);
}

static int parse_number(struct choice *c, const char *word)
{
	char *end;

	errno = 0;
	c->number = strtoull(word + (*word == '#'), &end, 10);
	if (errno || *end || !c->number)
		return fail(EXIT_USAGE, "diff %s: journeys are numbered from 1", word);
	return EXIT_DONE;
}

/* FILE, or FILE:NUMBER where there is no file of that name. */
static int parse_file(struct choice *c)
{
	char *colon;

	c->file = strdup(c->word);
	if (!c->file)
		return fail(EXIT_CANNOT, "out of memory");
	colon = strrchr(c->file, ':');
	if (!colon || !is_number(colon + 1))
		return EXIT_DONE;
	*colon = 0;
	return parse_number(c, colon + 1);
}

static int parse(struct choice *c, const struct options *o)
{
	char err[512];

	c->typical = typical_new();
	if (!c->typical)
		return fail(EXIT_CANNOT, "out of memory");
	if (o->read && is_number(c->word))
		return parse_number(c, c->word);
	/* of a recording all journeys */
	if (filter_compile(o->read ? c->word : "", &c->filter, err, sizeof(err)))
		return fail(EXIT_USAGE, "diff '%s': neither a number nor a filter: %s", c->word,
			    err);
	return o->read ? EXIT_DONE : parse_file(c);
}

/* Both are opened before the first is read: then no more is. */
static int open_both(const struct diff_cmd *d, struct recording_in *in)
{
	for (int i = 0; i < 2; i++) {
		int r = recording_open(d->choices[i].file, &in[i]);

		if (!r)
			continue;
		if (i)
			recording_close(&in[0]);
		return fail(EXIT_CANNOT, "-r %s: %s", d->choices[i].file, strerror(-r));
	}
	return EXIT_DONE;
}

static int read_all(struct diff_cmd *d)
{
	struct recording_in in[2];
	int r;

	if (d->o.read)
		return read_for(&d->o, NULL, d->choices, 2);
	r = open_both(d, in);
	if (r)
		return r;
	for (int i = 0; i < 2 && !r; i++) {
		struct options o = d->o;

		o.read = d->choices[i].file;
		r = read_for(&o, &in[i], &d->choices[i], 1);
		if (r && !i)
			recording_close(&in[1]);
	}
	return r;
}

/* The journey, and what it stands for. NULL: there is none, which was said. */
static const struct journey *result(struct choice *c, struct diff_side *side, const char *file)
{
	const struct journey *j;

	side->what = c->word;
	if (c->number) {
		if (!c->found)
			fail(EXIT_CANNOT,
			     "diff %s: %s has no journey #%llu ('waybill read -r' "
			     "prints their numbers)",
			     c->word, file, (unsigned long long)c->number);
		return c->found ? &c->chosen : NULL;
	}
	j = typical_of(c->typical, &side->alike, &side->all);
	if (!j)
		fail(EXIT_CANNOT, "diff '%s': %s has no such journey", c->word, file);
	return j;
}

static int print(struct diff_cmd *d)
{
	const struct journey *j[2];
	struct diff_side sides[2] = {0};
	struct text out = {0};
	struct sink_opts so;
	struct diff diff;

	for (int i = 0; i < 2; i++) {
		struct choice *c = &d->choices[i];

		j[i] = result(c, &sides[i], c->file ? c->file : d->o.read);
		if (!j[i])
			return EXIT_CANNOT;
	}
	if (compare(j[0], j[1], &diff))
		return fail(EXIT_CANNOT, "out of memory");
	printing_opts(&so, &d->o);
	out.ascii = so.ascii;
	if (d->o.json)
		diff_json(&out, &diff, sides);
	else
		diff_text(&out, &diff, sides, &so);
	fwrite(out.s, 1, out.n, stdout);
	text_free(&out);
	diff_clear(&diff);
	return EXIT_DONE;
}

static int run(struct diff_cmd *d, char **words)
{
	int r = EXIT_DONE;

	if (d->o.n_words != 2)
		return fail(EXIT_USAGE,
			    "diff: two things to compare: numbers or filters with -r FILE, else "
			    "two recordings (FILE, or FILE:NUMBER)");
	d->o.filter[0] = 0; /* the words are none for all of the recording */
	for (int i = 0; i < 2 && !r; i++) {
		d->choices[i].word = words[i];
		r = parse(&d->choices[i], &d->o);
	}
	if (!r)
		r = read_all(d);
	return r ? r : print(d);
}

int cmd_diff(int argc, char **argv)
{
	struct diff_cmd d = {0};
	int r = EXIT_USAGE;

	if (options_parse(&d.o, FOR_DIFF, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (d.o.help)
		options_help(
			"diff [OPTIONS] A B",
			"Two journeys station by station: what is alike, where they part, what "
			"differs there.\nWith -r FILE, A and B are numbers of its journeys, or "
			"filters (one word each, in quotes):\nthen the typical journey of each is "
			"taken. Without -r they are recordings, or FILE:NUMBER.",
			FOR_DIFF);
	else
		r = run(&d, argv + 1);
out:
	for (int i = 0; i < 2; i++) {
		struct choice *c = &d.choices[i];

		free(c->file);
		filter_clear(&c->filter);
		typical_free(c->typical);
		journey_clear(&c->chosen);
	}
	options_clear(&d.o);
	return r;
}
