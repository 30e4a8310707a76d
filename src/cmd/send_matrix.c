/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_matrix.h. */
#include "cmd/send_matrix.h"

#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/expect.h"
#include "util/foreign.h"

static bool as_expected(const char *expected, const struct journey *j)
{
	const struct words words = {.word = {expected}, .n = 1};
	struct expect e = {0};

	if (!expected || expect_parse(&e, &words))
		return false;
	expect_count(&e, j);
	return !e.others;
}

static void put_rule(struct text *t, const struct decider *d)
{
	const char *rule = decider_text(d, "rule");
	char words[200];

	text_escaped(t, decider_words(d, words, sizeof(words)));
	if (rule) {
		text_printf(t, ": ");
		text_escaped(t, rule);
	}
}

/* Who did it, or who of them may have. */
static void put_by(struct text *t, const struct decider *d)
{
	text_printf(t, " by %s", d->n_candidates ? "perhaps " : "");
	if (!d->n_candidates)
		put_rule(t, d);
	for (size_t i = 0; i < d->n_candidates; i++) {
		text_printf(t, i ? " or " : "");
		put_rule(t, d->candidates[i]);
	}
}

/* The rules that let it pass. */
static void put_accepts(struct text *t, const struct journey *j)
{
	const char *before = ", accepted";

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->verdict != VERDICT_ACCEPT || !s->decider)
			continue;
		text_printf(t, "%s at %s", before, station_name(s->station));
		put_by(t, s->decider);
		before = ",";
	}
}

/* "dropped:nf.forward:NETFILTER_DROP", and by whom. */
static void put_end(struct text *t, const struct journey *j)
{
	const struct decider *d = j->has_drop ? j->drop.decider : NULL;
	enum wb_station last = j->has_drop  ? j->drop.station
			       : j->n_steps ? j->steps[j->n_steps - 1].station
					    : WB_STATION_NONE;
	char words[200];

	text_printf(t, "%s:%s", outcome_name(j->outcome), station_name(last));
	if (j->has_drop && j->drop.reason[0])
		text_printf(t, ":%s", j->drop.reason);
	if (d && decider_words(d, words, sizeof(words))[0])
		put_by(t, d);
	if (!j->has_drop)
		put_accepts(t, j);
}

/* To who reads TAP a # begins something else. */
static void put_said(struct text *t, const char *said, bool tap)
{
	struct text escaped = {.ascii = 1};

	text_escaped(&escaped, said);
	for (const char *p = escaped.s ? escaped.s : ""; *p; p++)
		text_printf(t, "%s%c", tap && *p == '#' ? "\\" : "", *p);
	text_free(&escaped);
}

static void put_line(struct send_matrix *m, const struct send_item *i, const struct journey *j)
{
	bool holds = as_expected(i->expect, j);
	struct text end = {.ascii = 1}, packet = {.ascii = 1};

	m->n++;
	m->n_differ += !holds;
	put_end(&end, j);
	put_said(&packet, i->said, m->tap);
	if (m->silent)
		;
	else if (m->tap)
		printf("%sok %zu - %s => %s\n# it was %s\n", holds ? "" : "not ", m->n, packet.s,
		       i->expect, end.s);
	else
		printf("%-8s %s => %s%s%s\n", holds ? "ok" : "DIFFERS", packet.s, i->expect,
		       holds ? ", was " : ", but ", end.s);
	text_free(&end);
	text_free(&packet);
}

bool send_matrix_journey(void *arg, const struct journey *j)
{
	struct send_matrix *m = arg;

	for (size_t i = 0; j->made && i < m->list->n; i++)
		if (express_is(&m->list->items[i].key, &j->packet)) {
			put_line(m, &m->list->items[i], j);
			break;
		}
	return m->silent;
}

int send_matrix_verdict(const struct send_matrix *m)
{
	if (m->tap)
		printf("1..%zu\n", m->list->n);
	fflush(stdout);
	if (m->n_differ)
		return fail(EXIT_EXPECTATION, "%zu of %zu packets ended otherwise", m->n_differ,
			    m->n);
	return EXIT_DONE;
}
