/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that wait between the rings and who works on them: none lost, none twice, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/spool.h"
#include "waybill/event.h"

#define EVENTS 20000 /* more than one chunk holds */

struct sum {
	uint32_t next;
	int wrong;
};

static void on_event(void *arg, const struct wb_event *ev)
{
	struct sum *s = arg;
	const uint8_t *body = (const void *)(ev + 1);

	s->wrong += ev->seq != s->next || body[0] != (uint8_t)ev->seq;
	s->next++;
}

static void in_order(void **state)
{
	union {
		struct wb_event ev;
		uint8_t bytes[128];
	} e = {0};
	struct sum sum = {0};
	struct spool *s;
	uint64_t read_ns;
	int n, all = 0;

	(void)state;
	assert_int_equal(spool_new(&s, 64 << 20), 0);
	assert_int_equal(spool_take(s, on_event, &sum, &read_ns), 0);
	for (uint32_t i = 0; i < EVENTS; i++) {
		e.ev.seq = i;
		e.ev.size = sizeof(e.ev) + 1 + i % 60;
		e.bytes[sizeof(e.ev)] = i;
		spool_put(s, &e.ev);
	}
	while ((n = spool_take(s, on_event, &sum, &read_ns)) > 0) {
		assert_int_equal(read_ns, 0); /* the read that filled them is not over */
		all += n;
	}
	assert_int_equal(sum.wrong, 0);
	assert_int_equal(sum.next, all);
	/* what is left is in the chunk that is being filled */
	assert_in_range(all, EVENTS / 2, EVENTS - 1);
	assert_int_equal(spool_lost(s), 0);
	spool_free(s);
}

/* Whoever looks sees each once and in order, also what is still being filled. */
static void looked_at_first(void **state)
{
	struct wb_event ev = {.size = sizeof(ev)};
	struct sum looked = {0}, taken = {0};
	uint8_t with_body[sizeof(ev) + 8] = {0};
	struct spool *s;
	uint64_t read_ns;

	(void)state;
	ev.size = sizeof(with_body);
	assert_int_equal(spool_new(&s, 64 << 20), 0);
	spool_watch(s, on_event, &looked);
	for (uint32_t i = 0; i < EVENTS; i++) {
		ev.seq = i;
		memcpy(with_body, &ev, sizeof(ev));
		with_body[sizeof(ev)] = i;
		spool_put(s, (const void *)with_body);
		if (i % 1000 == 999 && i < EVENTS / 2) {
			spool_look(s);
			assert_int_equal(looked.next, i + 1);
		}
	}
	while (spool_take(s, on_event, &taken, &read_ns) > 0)
		assert_true(looked.next >= taken.next);
	assert_true(taken.next > EVENTS / 2);
	spool_look(s);
	assert_int_equal(looked.next, EVENTS);
	assert_int_equal(looked.wrong + taken.wrong, 0);
	spool_free(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(in_order),
						  cmocka_unit_test(looked_at_first)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
