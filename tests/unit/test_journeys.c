/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scripts of tests/journeys through book and judgement: each as it stands, each shuffled within
 * the reorder window, each with any one event missing, all at once under many ids, and as the path
 * of a packet that is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <glob.h>

#include "journey/book.h"
#include "journey/paths.h"
#include "causes/fate.h"
#include "script.h"

#define JOURNEYS_MAX 16
#define SHUFFLES     50

/* What a journey came to, as text: compared between runs, and with what is expected. */
struct result {
	const struct script *s;
	char text[JOURNEYS_MAX][1024];
	size_t n;
};

static int failures;

/* All scripts are played before the test fails. */
#define SCRIPT_FAILED(...) (print_error(__VA_ARGS__), failures++)

static const struct decider *decider_of(const struct journey *j)
{
	if (j->drop.decider)
		return j->drop.decider;
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->has_drop && j->steps[i].decider && j->steps[i].station == j->drop.station)
			return j->steps[i].decider;
	return NULL;
}

static void describe(const struct journey *j, char *buf, size_t size)
{
	const struct decider *d = decider_of(j);
	size_t at;
	char words[128];

	at = snprintf(buf, size, "%s", outcome_name(j->outcome));
	if (j->has_drop)
		at += snprintf(buf + at, size - at, " %s %s layer=%s",
			       station_name(j->drop.station),
			       j->drop.reason[0] ? j->drop.reason : "-", layer_name(j->drop.layer));
	for (int i = 0; j->has_drop && i < WB_STATION_MAX; i++)
		if (j->drop.hooks >> i & 1)
			at += snprintf(buf + at, size - at, " or=%s", station_name(i));
	if (d)
		at += snprintf(buf + at, size - at, " decider=%s", decider_kind_name(d->kind));
	if (d && j->has_drop) {
		decider_words(d, words, sizeof(words));
		for (char *p = words; *p; p++)
			*p = *p == ' ' ? '_' : *p;
		at += snprintf(buf + at, size - at, " by=%s", words);
	}
	if (j->send_errno)
		at += snprintf(buf + at, size - at, " errno=%d", j->send_errno);
	if (j->has_icmp)
		at += snprintf(buf + at, size - at, " icmp=%u/%u", j->icmp.type, j->icmp.code);
	if (j->closed_unread)
		at += snprintf(buf + at, size - at, " closed_unread");
	if (j->no_way_back)
		at += snprintf(buf + at, size - at, " no_way_back");
	if (j->gap)
		at += snprintf(buf + at, size - at, " gap");
	if (j->unasked)
		at += snprintf(buf + at, size - at, " unasked");
	if (j->n_links)
		at += snprintf(buf + at, size - at, " links=%zu", j->n_links);
	at += snprintf(buf + at, size - at, " steps=");
	for (size_t i = 0; i < j->n_steps && at < size; i++) {
		const struct step *s = &j->steps[i];

		at += snprintf(buf + at, size - at, "%s%s%s%s", i ? "," : "",
			       station_name(s->station), s->verdict ? ":" : "",
			       verdict_name(s->verdict));
		if (s->note[0])
			at += snprintf(buf + at, size - at, "(%.*s)", (int)strcspn(s->note, " "),
				       s->note);
	}
}

static void on_journey(void *arg, struct journey *j)
{
	struct result *r = arg;

	for (size_t i = 0; i < j->n_endings; i++) {
		struct ending *e = &j->endings[i];

		snprintf(e->function, sizeof(e->function), "%s",
			 script_name(r->s, e->location_raw));
		if (e->is_drop && e->reason_raw != ~0U)
			snprintf(e->reason, sizeof(e->reason), "%s",
				 script_name(r->s, e->reason_raw));
	}
	journey_judge(j);
	assert_true(r->n < JOURNEYS_MAX);
	describe(j, r->text[r->n++], sizeof(r->text[0]));
}

static void play(const struct script *s, struct wb_event *const *events, size_t n, struct result *r)
{
	struct book_opts o = {.done = on_journey, .arg = r};
	struct book *b;

	*r = (struct result){.s = s};
	assert_int_equal(book_new(&b, &o), 0);
	if (s->lost)
		book_lost(b);
	for (size_t i = 0; i < n; i++) {
		book_advance(b, events[i]->ts_ns);
		assert_int_equal(book_add(b, events[i]), 0);
	}
	book_finish(b);
	assert_int_equal(book_stats(b)->open, 0);
	assert_int_equal(book_stats(b)->bytes, 0);
	book_free(b);
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	bool prefix = word[n - 1] == '*';

	n -= prefix;
	for (const char *p = text; *p; p += strspn(p, " ")) {
		size_t have = strcspn(p, " ");

		if ((prefix ? have >= n : have == n) && !strncmp(p, word, n))
			return true;
		p += have;
	}
	return false;
}

/* Every word of the expectation is a word of the description; A* by its beginning. */
static bool has_all(const char *expect, const char *text, char *missing, size_t size)
{
	char copy[512], *rest, *word;

	snprintf(copy, sizeof(copy), "%s", expect);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		snprintf(missing, size, "%s", word);
		if (!has_word(text, word))
			return false;
	}
	return true;
}

static void as_expected(const struct script *s, const char *path, const struct result *r)
{
	char missing[128];

	for (size_t i = 0; i < r->n && i < s->n_expects; i++)
		if (!has_all(s->expects[i], r->text[i], missing, sizeof(missing)))
			SCRIPT_FAILED("%s: journey %zu has no '%s'\n  expected %s\n  is       %s\n",
				      path, i + 1, missing, s->expects[i], r->text[i]);
	if (r->n != s->n_expects)
		SCRIPT_FAILED("%s: %zu journeys, %zu expected; the last is %s", path, r->n,
			      s->n_expects, r->n ? r->text[r->n - 1] : "none");
}

static void for_each_script(void (*fn)(struct script *s, const char *path))
{
	struct script s;
	glob_t g;

	failures = 0;
	assert_int_equal(glob("tests/journeys/*.txt", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		if (script_read(&s, g.gl_pathv[i]))
			fail_msg("not a script line: %s", s.error);
		fn(&s, g.gl_pathv[i]);
		script_clear(&s);
	}
	globfree(&g);
	assert_int_equal(failures, 0);
}

static void as_it_stands(struct script *s, const char *path)
{
	static struct result r;

	play(s, s->events, s->n_events, &r);
	as_expected(s, path, &r);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Events within 5 ms change places; the journeys are the same, only their order may differ. */
static void shuffled(struct script *s, const char *path)
{
	static struct result want, got;
	struct wb_event *events[SCRIPT_EVENTS];

	play(s, s->events, s->n_events, &want);
	qsort(want.text, want.n, sizeof(want.text[0]), by_text);
	for (int round = 0; round < SHUFFLES; round++) {
		memcpy(events, s->events, sizeof(events));
		for (size_t i = 0; i < s->n_events; i++) {
			size_t k = i + rand() % (s->n_events - i);
			struct wb_event *tmp = events[i];

			if (events[k]->ts_ns - s->events[0]->ts_ns <
				    tmp->ts_ns - s->events[0]->ts_ns + 5000000 &&
			    tmp->ts_ns < events[k]->ts_ns + 5000000 &&
			    s->events[i]->ts_ns + 5000000 > events[k]->ts_ns) {
				events[i] = events[k];
				events[k] = tmp;
			}
		}
		/* no event may come later than the window allows */
		for (size_t i = 0; i < s->n_events; i++)
			for (size_t k = 0; k < i; k++)
				if (events[k]->ts_ns > events[i]->ts_ns + 5000000)
					goto next;
		play(s, events, s->n_events, &got);
		qsort(got.text, got.n, sizeof(got.text[0]), by_text);
		assert_int_equal(got.n, want.n);
		for (size_t i = 0; i < got.n; i++)
			if (strcmp(got.text[i], want.text[i]))
				SCRIPT_FAILED("%s shuffled:\n  %s\n  was %s\n", path, got.text[i],
					      want.text[i]);
	next:;
	}
}

/* The decider's words of a description, NULL none. */
static const char *by_of(const char *text)
{
	const char *p = strstr(text, " by=");

	return p ? p + 4 : NULL;
}

static bool same_word(const char *a, const char *b)
{
	return strcspn(a, " ") == strcspn(b, " ") && !strncmp(a, b, strcspn(a, " "));
}

/* Whatever is lost, nobody innocent is blamed. */
static void one_missing(struct script *s, const char *path)
{
	static struct result want, got;
	struct wb_event *events[SCRIPT_EVENTS];

	play(s, s->events, s->n_events, &want);
	for (size_t gone = 0; gone < s->n_events; gone++) {
		memcpy(events, s->events, gone * sizeof(events[0]));
		memcpy(events + gone, s->events + gone + 1,
		       (s->n_events - gone - 1) * sizeof(events[0]));
		play(s, events, s->n_events - 1, &got);
		for (size_t i = 0; i < got.n; i++) {
			const char *by = by_of(got.text[i]);
			bool known = !by;

			for (size_t k = 0; k < want.n && !known; k++)
				known = by_of(want.text[k]) && same_word(by, by_of(want.text[k]));
			if (!known)
				SCRIPT_FAILED("%s without event %zu blames another:\n  %s\n", path,
					      gone + 1, got.text[i]);
		}
	}
}

static void test_scripts(void **state)
{
	(void)state;
	for_each_script(as_it_stands);
}

static void test_shuffled(void **state)
{
	(void)state;
	for_each_script(shuffled);
}

static void test_one_missing(void **state)
{
	(void)state;
	for_each_script(one_missing);
}

static int by_time(const void *a, const void *b)
{
	const struct wb_event *x = *(struct wb_event *const *)a, *y = *(struct wb_event *const *)b;

	return x->ts_ns < y->ts_ns ? -1 : x->ts_ns > y->ts_ns;
}

static unsigned counted_paths;

/* One packet from its first event on; who comes long after a drop is told apart in the kernel. */
static bool is_one_packet(const struct script *s)
{
	for (size_t i = 1; i < s->n_events; i++)
		if (s->events[i - 1]->kind == WB_KIND_DROP &&
		    s->events[i]->ts_ns - s->events[i - 1]->ts_ns > 20000000)
			return false;
	for (size_t i = 0; i < s->n_events; i++)
		if (s->events[i]->id != s->events[0]->id || s->events[i]->kind == WB_KIND_LINK ||
		    s->events[i]->kind == WB_KIND_SEND_FAIL)
			return false;
	return s->events[0]->flags & WB_EV_FIRST;
}

/* Each event under a number of its own, and the link to the one before it. */
static void add_path(struct paths *p, const struct script *s, uint64_t ns)
{
	for (size_t i = 0; i < s->n_events; i++) {
		struct {
			struct wb_event ev;
			struct wb_link_body body;
		} link = {.body = {.other = i ? i + 1 : 0, .how = WB_LINK_PATH}};
		struct wb_event *ev = s->events[i];

		link.ev = *ev;
		link.ev.kind = WB_KIND_LINK;
		link.ev.flags = 0;
		link.ev.size = sizeof(link.ev) + sizeof(link.body);
		link.ev.id = ev->id = i + 2;
		ev->ts_ns = ns - i; /* of several packets: an order in time means nothing */
		if (i)
			ev->flags &= ~WB_EV_FIRST;
		assert_int_equal(paths_add(p, ev), 0);
		if (i)
			assert_int_equal(paths_add(p, &link.ev), 0);
	}
}

/* A packet that is counted is judged as one that is traced. */
static void as_path(struct script *s, const char *path)
{
	static struct result want, got;
	struct paths *p;
	struct journey j;

	qsort(s->events, s->n_events, sizeof(s->events[0]), by_time);
	if (s->n_expects != 1 || !is_one_packet(s))
		return;
	play(s, s->events, s->n_events, &want);
	assert_int_equal(paths_new(&p), 0);
	add_path(p, s, 1000000);
	got = (struct result){.s = s};
	assert_int_equal(paths_journey(p, 1, &j), -ENOENT);
	assert_int_equal(paths_journey(p, s->n_events + 1, &j), 0);
	on_journey(&got, &j);
	journey_clear(&j);
	if (strcmp(want.text[0], got.text[0]))
		SCRIPT_FAILED("%s: traced   %s\n  counted %s\n", path, want.text[0], got.text[0]);
	counted_paths++;
	paths_doom(p);
	paths_keep(p, s->n_events + 1);
	paths_sweep(p);
	assert_int_equal(paths_count(p), s->n_events);
	paths_doom(p);
	paths_sweep(p);
	assert_int_equal(paths_count(p), 0);
	assert_int_equal(paths_journey(p, s->n_events + 1, &j), -ENOENT);
	paths_free(p);
}

static void test_paths(void **state)
{
	(void)state;
	for_each_script(as_path);
	assert_true(counted_paths > 10);
}

static void count_journey(void *arg, struct journey *j)
{
	(void)j;
	++*(size_t *)arg;
}

/* A hundred thousand journeys open at a time stay within 64 MiB, and none is forgotten. */
static void test_many(void **state)
{
	struct script s;
	size_t done = 0, most = 0;
	struct book_opts o = {.done = count_journey, .arg = &done, .max_open = 100000};
	const struct book_stats *st;
	struct book *b;

	(void)state;
	assert_int_equal(script_read(&s, "tests/journeys/forward_delivered.txt"), 0);
	assert_int_equal(book_new(&b, &o), 0);
	st = book_stats(b);
	for (size_t i = 0; i + 1 < s.n_events; i++) /* without its end */
		for (uint64_t id = 1; id <= 100000; id++) {
			s.events[i]->id = id;
			assert_int_equal(book_add(b, s.events[i]), 0);
		}
	most = st->bytes;
	assert_int_equal(st->open, 100000);
	assert_int_equal(st->evicted, 0);
	print_message("%zu bytes a journey of %zu events\n", most / 100000, s.n_events - 1);
	assert_true(most < 64U << 20);
	for (uint64_t id = 100001; id <= 100100; id++) {
		s.events[0]->id = id;
		assert_int_equal(book_add(b, s.events[0]), 0);
	}
	assert_int_equal(st->open, 100000);
	assert_int_equal(st->evicted, 100);
	book_finish(b);
	assert_int_equal(done, 100100);
	assert_int_equal(st->bytes, 0);
	book_free(b);
	script_clear(&s);
}

/* The rings are read one after the other: the oldest need not come first, nor end first. */
static void test_oldest(void **state)
{
	static const struct {
		uint64_t id, ts_ns, oldest_ns;
		bool last;
	} events[] = {{3, 3000, 3000, false}, {4, 4000, 3000, false},	{1, 1000, 1000, false},
		      {2, 2000, 1000, false}, {3, 500, 500, false},	{4, 4500, 500, false},
		      {3, 5000, 1000, true},  {2, 90000000, 1000, true}};
	struct script s;
	size_t done = 0;
	struct book_opts o = {.done = count_journey, .arg = &done};
	struct book *b;

	(void)state;
	assert_int_equal(script_read(&s, "tests/journeys/forward_delivered.txt"), 0);
	assert_int_equal(book_new(&b, &o), 0);
	assert_true(book_oldest_ns(b) == UINT64_MAX);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct wb_event *ev = s.events[0];

		ev->id = events[i].id;
		ev->ts_ns = events[i].ts_ns;
		ev->flags = events[i].last ? ev->flags | WB_EV_LAST : ev->flags & ~WB_EV_LAST;
		assert_int_equal(book_add(b, ev), 0);
		if (events[i].last)
			book_advance(b, ev->ts_ns + 10000000);
		assert_int_equal(book_oldest_ns(b), events[i].oldest_ns);
	}
	assert_int_equal(done, 2);
	book_finish(b);
	assert_true(book_oldest_ns(b) == UINT64_MAX);
	book_free(b);
	script_clear(&s);
}

/* An event that is shorter than it says, or of no kind, is refused and counted. */
static void test_malformed(void **state)
{
	size_t done = 0;
	struct book_opts o = {.done = count_journey, .arg = &done};
	struct wb_event ev = {.id = 1, .probe = 1, .kind = WB_KIND_DROP, .size = sizeof(ev)};
	struct book *b;

	(void)state;
	assert_int_equal(book_new(&b, &o), 0);
	assert_true(book_add(b, &ev) < 0);
	ev.kind = WB_KIND_MAX;
	assert_true(book_add(b, &ev) < 0);
	assert_int_equal(book_stats(b)->malformed, 2);
	book_finish(b);
	assert_int_equal(done, 0);
	book_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts),	    cmocka_unit_test(test_shuffled),
		cmocka_unit_test(test_one_missing), cmocka_unit_test(test_many),
		cmocka_unit_test(test_malformed),   cmocka_unit_test(test_paths),
		cmocka_unit_test(test_oldest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
