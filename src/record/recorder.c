/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing a recording. Events are gathered so that a chunk is one read of all rings. */
#include "record/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/journey.h"
#include "util/clock.h"
#include "util/json.h"

#define GATHER_MAX (1U << 20)

struct recorder {
	FILE *out;
	uint8_t *events; /* the time, then events */
	size_t used, room;
	uint64_t bytes;
	uint64_t last_ns;
};

static int put(struct recorder *r, uint32_t type, const void *data, size_t size)
{
	struct record_chunk_head h = {.type = type, .size = size};

	if (size > RECORD_CHUNK_MAX)
		return -E2BIG;
	errno = 0;
	if (fwrite(&h, sizeof(h), 1, r->out) != 1 || (size && fwrite(data, size, 1, r->out) != 1))
		return errno ? -errno : -EIO;
	r->bytes += sizeof(h) + size;
	return 0;
}

static int put_meta(struct recorder *r, const struct record_meta *m)
{
	struct text t = {0};
	struct json j = {.out = &t};
	int e;

	json_open(&j, NULL, '{');
	json_text(&j, "version", m->version);
	json_text(&j, "kernel", m->kernel);
	json_text(&j, "mode", m->mode);
	json_unsigned(&j, "probes", m->probes);
	json_open(&j, "missing_stations", '[');
	for (size_t i = 0; i < m->n_missing; i++)
		json_text(&j, NULL, station_name(m->missing[i]));
	json_close(&j, ']');
	json_open(&j, "probe_names", '[');
	for (unsigned i = 0; i < WB_PROBE_MAX; i++)
		json_text(&j, NULL, record_probe_name(i));
	json_close(&j, ']');
	json_close(&j, '}');
	e = t.failed ? -ENOMEM : put(r, RECORD_META, t.s, t.n);
	text_free(&t);
	return e;
}

int recorder_new(struct recorder **ret, FILE *out, const struct record_meta *m)
{
	struct record_header h = {.magic = RECORD_MAGIC,
				  .version = RECORD_VERSION,
				  .size = sizeof(h),
				  .wall_offset = m->wall_offset};
	struct recorder *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->out = out;
	r->used = sizeof(uint64_t);
	r->bytes = sizeof(h);
	errno = 0;
	e = fwrite(&h, sizeof(h), 1, out) == 1 ? put_meta(r, m) : errno ? -errno : -EIO;
	if (e) {
		recorder_free(r);
		return e;
	}
	*ret = r;
	return 0;
}

/* Writes what was gathered. now_ns 0: more of the same read of the rings follows. */
static int put_events(struct recorder *r, uint64_t now_ns)
{
	int e;

	if (!r->events)
		return 0;
	memcpy(r->events, &now_ns, sizeof(now_ns));
	e = put(r, RECORD_EVENTS, r->events, r->used);
	r->used = sizeof(now_ns);
	return e;
}

int recorder_event(struct recorder *r, const struct wb_event *ev)
{
	int e;

	if (r->used + ev->size > GATHER_MAX) {
		e = put_events(r, 0);
		if (e)
			return e;
	}
	if (r->used + ev->size > r->room) {
		size_t room = r->room ? 2 * r->room : 65536 + sizeof(uint64_t);
		void *more = realloc(r->events, room);

		if (!more)
			return -ENOMEM;
		r->events = more;
		r->room = room;
	}
	memcpy(r->events + r->used, ev, ev->size);
	r->used += ev->size;
	return 0;
}

/* An empty read is told once in a while, for journeys that end by silence. */
#define QUIET_NS (100 * MS_NS)

int recorder_flush(struct recorder *r, uint64_t now_ns)
{
	int e = 0;

	if (r->used > sizeof(now_ns))
		e = put_events(r, now_ns);
	else if (now_ns - r->last_ns >= QUIET_NS)
		e = put(r, RECORD_EVENTS, &now_ns, sizeof(now_ns));
	else
		return 0;
	r->last_ns = now_ns;
	return e;
}

int recorder_fact(struct recorder *r, const char *key, const char *json)
{
	size_t k = strlen(key) + 1, n = strlen(json) + 1;
	char *both = malloc(k + n);
	int e;

	if (!both)
		return -ENOMEM;
	memcpy(both, key, k);
	memcpy(both + k, json, n);
	e = put(r, RECORD_FACT, both, k + n);
	free(both);
	return e;
}

int recorder_lost(struct recorder *r, const struct record_lost *lost)
{
	return put(r, RECORD_LOST, lost, sizeof(*lost));
}

uint64_t recorder_bytes(const struct recorder *r)
{
	return r->bytes;
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	free(r->events);
	free(r);
}
