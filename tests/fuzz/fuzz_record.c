/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mutated recordings through the reader: no crash, what is refused is refused with a sentence, and
 * an unharmed recording gives back all that was written. The input is the recording; mutations
 * begin at an unharmed one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/event.h"
#include "record/record.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max); /* libFuzzer's own */

static char *good;
static size_t n_good;

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

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct seen seen = {0};

	(void)argc, (void)argv;
	compose(&good, &n_good);
	if (play(good, n_good, &seen) || seen.events != EVENTS || seen.facts != 4 ||
	    seen.advances != 10 || seen.losses != 1)
		abort();
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	if ((size < 16 || !(seed % 64)) && n_good <= max) {
		memcpy(data, good, n_good);
		size = n_good;
	}
	return LLVMFuzzerMutate(data, size, max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = {0};
	char *bytes = malloc(size + 1);

	if (!bytes || !size) {
		free(bytes);
		return 0;
	}
	memcpy(bytes, data, size);
	play(bytes, size, &seen);
	free(bytes);
	return 0;
}
