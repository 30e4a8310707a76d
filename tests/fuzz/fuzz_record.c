/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutated recordings through the reader, for a number of seconds (default 10): no crash (build it
 * with ASan and UBSan), what is refused is refused with a sentence, and an unharmed recording gives
 * back all that was written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/event.h"
#include "record/record.h"

static uint64_t seed = 88172645463325252ULL;

static uint32_t dice(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

struct seen {
	size_t events, facts, advances, losses;
};

static void on_event(void *arg, const struct wb_event *ev)
{
	struct event_parts parts;

	if (!event_open(ev, ev->size, &parts))
		abort();
	((struct seen *)arg)->events++;
}

static void on_fact(void *arg, const char *key, const char *json)
{
	((struct seen *)arg)->facts += strlen(key) + strlen(json) != SIZE_MAX;
}

static void on_advance(void *arg, uint64_t now_ns)
{
	((struct seen *)arg)->advances += now_ns != 0;
}

static void on_lost(void *arg, const struct record_lost *lost)
{
	((struct seen *)arg)->losses += lost->misses != UINT64_MAX;
}

static const struct record_reader reader = {
	.event = on_event, .fact = on_fact, .advance = on_advance, .lost = on_lost};

static int play(char *bytes, size_t n, struct seen *seen)
{
	struct record_reader rd = reader;
	char err[256] = "";
	FILE *f = fmemopen(bytes, n, "r");
	int r;

	if (!f)
		abort();
	rd.arg = seen;
	r = record_read(f, &rd, err, sizeof(err));
	fclose(f);
	if (r == -EBADMSG && !err[0])
		abort();
	return r;
}

#define EVENTS 200

static void compose(char **ret_bytes, size_t *ret_n)
{
	struct record_meta m = {.version = "0", .kernel = "k", .mode = "tracepoint"};
	struct record_lost lost = {.misses = 1};
	struct {
		struct wb_event ev;
		struct wb_drop_body body;
	} e = {.ev = {.probe = WB_PROBE_TP_kfree_skb, .kind = WB_KIND_DROP, .size = sizeof(e)}};
	FILE *f = open_memstream(ret_bytes, ret_n);
	struct recorder *r;

	if (!f || recorder_new(&r, f, &m))
		abort();
	for (int i = 0; i < EVENTS; i++) {
		e.ev.id = e.ev.ts_ns = i + 1;
		recorder_event(r, &e.ev);
		if (i % 20 == 19)
			recorder_flush(r, e.ev.ts_ns);
		if (i % 50 == 0)
			recorder_fact(r, "netns/1", "\"R\"");
	}
	recorder_lost(r, &lost);
	recorder_free(r);
	fclose(f);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	struct seen seen = {0};
	uint64_t rounds = 0, refused = 0;
	char *good, *bad;
	size_t n;

	compose(&good, &n);
	if (play(good, n, &seen) || seen.events != EVENTS || seen.facts != 4 ||
	    seen.advances != 10 || seen.losses != 1)
		abort();
	bad = malloc(n);
	for (; time(NULL) < end; rounds++) {
		size_t cut = dice(4) ? n : 1 + dice(n);

		memcpy(bad, good, n);
		for (uint32_t k = dice(6); k; k--)
			bad[dice(dice(2) ? n : 4096)] = dice(256);
		seen = (struct seen){0};
		refused += play(bad, cut, &seen) != 0;
	}
	free(bad);
	free(good);
	printf("%llu recordings, %llu refused\n", (unsigned long long)rounds,
	       (unsigned long long)refused);
	return 0;
}
