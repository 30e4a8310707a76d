/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Noise and mutated journey scripts through book and judgement: no crash, nothing left open, no
 * step and no verdict outside its table. The input is the dice: which event of which script comes
 * next, and what is changed in it. Run it in the top directory: it reads tests/journeys.
 */
#include <glob.h>

#include "../unit/script.h"
#include "journey/book.h"
#include "causes/fate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct script scripts[64];
static size_t n_scripts;

static const uint8_t *input;
static size_t input_left;

static uint32_t dice(uint32_t n)
{
	uint32_t v = 0;

	for (uint32_t top = n - 1; top && input_left; top >>= 8, input_left--)
		v = v << 8 | *input++;
	return v % n;
}

static void on_journey(void *arg, struct journey *j)
{
	static const char *const functions[] = {"", "nft_do_chain", "veth_xdp_rcv_skb", "ping_rcv",
						"tcp_v4_rcv"};
	static const char *const reasons[] = {"", "NOT_SPECIFIED", "NETFILTER_DROP", "NO_SOCKET"};

	(void)arg;
	for (size_t i = 0; i < j->n_endings; i++) {
		snprintf(j->endings[i].function, sizeof(j->endings[i].function), "%s",
			 functions[dice(5)]);
		snprintf(j->endings[i].reason, sizeof(j->endings[i].reason), "%s",
			 reasons[dice(4)]);
	}
	journey_judge(j);
	if (j->outcome >= OUTCOME_MAX || (j->has_drop && j->drop.station >= WB_STATION_MAX))
		abort();
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].station >= WB_STATION_MAX || j->steps[i].verdict >= VERDICT_MAX)
			abort();
}

/* One event of a script with some bytes changed; its size stays honest or lies. */
static void mutate(struct wb_event *ev, size_t room)
{
	uint8_t *bytes = (uint8_t *)ev;
	uint16_t size = ev->size;

	for (uint32_t n = dice(4); n; n--)
		bytes[dice(size)] = dice(256);
	if (dice(8))
		ev->size = size;
	if (ev->size > room)
		ev->size = room;
	if (dice(4)) /* mostly few packets, so that events meet */
		ev->id = dice(6);
}

static void play(void)
{
	struct book_opts o = {.done = on_journey, .max_open = 4};
	union {
		struct wb_event ev;
		uint8_t bytes[1024];
	} e;
	struct book *b;

	if (book_new(&b, &o))
		abort();
	while (input_left) {
		const struct script *s = &scripts[dice(n_scripts)];
		const struct wb_event *from = s->events[dice(s->n_events)];

		memset(&e, dice(256), sizeof(e));
		memcpy(&e, from, from->size);
		mutate(&e.ev, sizeof(e));
		book_add(b, &e.ev);
		if (!dice(16))
			book_advance(b, 1000000000ULL + 1000000ULL * dice(10000));
		if (!dice(64))
			book_lost(b);
	}
	if (dice(4) == 0) {
		book_finish(b);
		if (book_stats(b)->open || book_stats(b)->bytes)
			abort();
	}
	book_free(b);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	glob_t g;

	(void)argc, (void)argv;
	if (glob("tests/journeys/*.txt", 0, NULL, &g))
		abort();
	for (size_t i = 0; i < g.gl_pathc && n_scripts < 64; i++)
		n_scripts += !script_read(&scripts[n_scripts], g.gl_pathv[i]);
	globfree(&g);
	if (!n_scripts)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input = data;
	input_left = size;
	play();
	return 0;
}
