/* SPDX-License-Identifier: GPL-2.0-only */
/* See family.h. */
#include "output/family.h"

#include <stdio.h>
#include <string.h>

#include "util/foreign.h"

/* What became of it, without where: each copy goes to a place of its own. */
static void put_end(struct text *t, const struct journey *j)
{
	char words[160];

	text_printf(t, "%s", outcome_name(j->outcome));
	if (!j->has_drop)
		return;
	text_printf(t, " at %s (%s)", station_name(j->drop.station), j->drop.reason);
	if (j->drop.decider) {
		text_put(t, " by ", 4);
		text_escaped(t, decider_words(j->drop.decider, words, sizeof(words)));
	}
}

static void put_words(struct text *t, const struct journey *j)
{
	const struct ending *e = j->n_endings ? &j->endings[j->n_endings - 1] : NULL;

	if (j->outcome == OUTCOME_BENIGN && e && e->is_drop && e->copied)
		text_printf(t, "not for these hosts");
	else
		put_end(t, j);
}

static void clear(struct family *f)
{
	for (size_t i = 0; i < f->n; i++) {
		text_free(&f->ends[i].like);
		text_free(&f->ends[i].words);
	}
	f->n = 0;
	f->parent = 0;
}

void family_begin(struct family *f, const struct journey *j, struct text *t)
{
	family_end(f, t);
	f->parent = j->id;
}

bool family_has(const struct family *f, const struct journey *j)
{
	return f->parent && journey_copy_of(j) == f->parent;
}

bool family_fold(struct family *f, const struct journey *j)
{
	struct family_end *e;
	struct text like = {0};

	put_end(&like, j);
	for (size_t i = 0; i < f->n; i++) {
		e = &f->ends[i];
		if (e->like.n == like.n && !memcmp(e->like.s, like.s, like.n)) {
			e->more++;
			text_free(&like);
			return true;
		}
	}
	if (f->n == FAMILY_ENDS) {
		text_free(&like);
		return false;
	}
	e = &f->ends[f->n++];
	*e = (struct family_end){.first = j->number, .like = like};
	put_words(&e->words, j);
	return false;
}

void family_put(struct text *t, const struct text *lines)
{
	size_t at = 0;

	while (at < lines->n) {
		const char *end = memchr(lines->s + at, '\n', lines->n - at);
		size_t n = end ? (size_t)(end - lines->s) + 1 - at : lines->n - at;

		text_printf(t, "%*s", FAMILY_INDENT, "");
		text_put(t, lines->s + at, n);
		at += n;
	}
}

void family_end(struct family *f, struct text *t)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct family_end *e = &f->ends[i];

		if (e->more)
			text_printf(t, "%*s%llu more cop%s like #%llu: %s\n", FAMILY_INDENT, "",
				    (unsigned long long)e->more, e->more > 1 ? "ies" : "y",
				    (unsigned long long)e->first, e->words.s ? e->words.s : "");
	}
	clear(f);
}
