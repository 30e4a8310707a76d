/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Noise and mutated journey scripts through book and judgement, for a number of seconds (default
 * 10): no crash (build it with ASan and UBSan), nothing left open, no step and no verdict outside
 * its table. Run it in the top directory: it reads tests/journeys.
 */
#include <glob.h>
#include <time.h>

#include "../unit/script.h"
#include "journey/book.h"
#include "model/fate.h"

static uint64_t seed = 88172645463325252ULL;

static uint32_t dice(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static void on_journey(void *arg, struct journey *j)
{
	static const char *const functions[] = {"", "nft_do_chain", "veth_xdp_rcv_skb", "ping_rcv",
						"tcp_v4_rcv"};
	static const char *const reasons[] = {"", "NOT_SPECIFIED", "NETFILTER_DROP", "NO_SOCKET"};

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
	++*(uint64_t *)arg;
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

static void play(const struct script *scripts, size_t n, uint64_t *journeys)
{
	struct book_opts o = {.done = on_journey, .arg = journeys, .max_open = 4};
	union {
		struct wb_event ev;
		uint8_t bytes[1024];
	} e;
	struct book *b;

	if (book_new(&b, &o))
		abort();
	for (uint32_t i = dice(2000); i; i--) {
		const struct script *s = &scripts[dice(n)];
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
	if (dice(4)) {
		book_finish(b);
		if (book_stats(b)->open || book_stats(b)->bytes)
			abort();
	}
	book_free(b);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	static struct script scripts[64];
	uint64_t rounds = 0, journeys = 0;
	size_t n = 0;
	glob_t g;

	if (glob("tests/journeys/*.txt", 0, NULL, &g))
		return 1;
	for (size_t i = 0; i < g.gl_pathc && n < 64; i++)
		n += !script_read(&scripts[n], g.gl_pathv[i]);
	globfree(&g);
	for (; time(NULL) < end; rounds++)
		play(scripts, n, &journeys);
	for (size_t i = 0; i < n; i++)
		script_clear(&scripts[i]);
	printf("%llu rounds, %llu journeys\n", (unsigned long long)rounds,
	       (unsigned long long)journeys);
	return 0;
}
