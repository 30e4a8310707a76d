/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a recording, whatever the file holds: nothing in it is believed before it was checked. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "model/event.h"
#include "model/journey.h"
#include "record/record.h"

struct reading {
	FILE *in;
	const struct record_reader *rd;
	struct record_header head;
	uint64_t at; /* offset of the chunk in hand, for error texts */
	bool has_meta;
	uint16_t probes[4096]; /* the recording's number to ours, 0 unknown */
	size_t n_probes;
	uint8_t *data;
	size_t room;
	char *err;
	size_t err_size;
};

__attribute__((format(printf, 2, 3))) static int damaged(struct reading *r, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(r->err, r->err_size, format, ap);
	va_end(ap);
	return -EBADMSG;
}

static unsigned probe_by_name(const char *name)
{
	for (unsigned i = 1; i < WB_PROBE_MAX; i++)
		if (name && !strcmp(record_probe_name(i), name))
			return i;
	return 0;
}

static const char *text_of(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int on_meta(struct reading *r, const uint8_t *data, size_t size)
{
	json_t *o = json_loadb((const char *)data, size, 0, NULL), *list, *item;
	enum wb_station missing[WB_STATION_MAX];
	struct record_meta m = {.missing = missing, .wall_offset = r->head.wall_offset};
	size_t i;

	if (!o || r->has_meta) {
		json_decref(o);
		return damaged(r, "the description at byte %llu is damaged", (long long)r->at);
	}
	r->has_meta = true;
	list = json_object_get(o, "probe_names");
	json_array_foreach(list, i, item)
	{
		if (i >= sizeof(r->probes) / sizeof(r->probes[0]))
			break;
		r->probes[i] = probe_by_name(json_string_value(item));
		r->n_probes = i + 1;
	}
	json_array_foreach(json_object_get(o, "missing_stations"), i, item)
	{
		const char *name = json_string_value(item);
		enum wb_station s = name ? station_by_name(name) : WB_STATION_NONE;

		if (s && m.n_missing < WB_STATION_MAX)
			missing[m.n_missing++] = s;
	}
	m.version = text_of(o, "version");
	m.kernel = text_of(o, "kernel");
	m.mode = text_of(o, "mode");
	m.probes = json_integer_value(json_object_get(o, "probes"));
	if (r->rd->meta)
		r->rd->meta(r->rd->arg, &m);
	json_decref(o);
	return 0;
}

/* Events lie in the chunk at any address: each is copied to an aligned one. */
static int on_events(struct reading *r, const uint8_t *data, size_t size)
{
	const uint8_t *p = data + sizeof(uint64_t), *end = data + size;
	union {
		struct wb_event ev;
		uint8_t bytes[1024];
	} e;
	struct event_parts parts;
	uint64_t now;

	if (size < sizeof(now))
		return damaged(r, "the events at byte %llu are damaged", (long long)r->at);
	memcpy(&now, data, sizeof(now));
	while (p < end && (!r->rd->stop || !r->rd->stop(r->rd->arg))) {
		size_t left = end - p;

		if (left < sizeof(e.ev))
			goto bad;
		memcpy(&e.ev, p, sizeof(e.ev));
		if (e.ev.size < sizeof(e.ev) || e.ev.size > left || e.ev.size > sizeof(e))
			goto bad;
		memcpy(&e, p, e.ev.size);
		p += e.ev.size;
		e.ev.probe = e.ev.probe < r->n_probes ? r->probes[e.ev.probe] : 0;
		if (!event_open(&e.ev, e.ev.size, &parts))
			continue; /* of a newer version: skipped, as an unknown chunk is */
		if (r->rd->event)
			r->rd->event(r->rd->arg, &e.ev);
	}
	if (now && r->rd->advance)
		r->rd->advance(r->rd->arg, now);
	return 0;
bad:
	return damaged(r, "the event at byte %llu is damaged",
		       (unsigned long long)(r->at + sizeof(struct record_chunk_head) + (p - data)));
}

static int on_fact(struct reading *r, const uint8_t *data, size_t size)
{
	const uint8_t *zero = memchr(data, 0, size);

	if (!zero || size < 2 || zero == data + size - 1 || data[size - 1])
		return damaged(r, "the fact at byte %llu is damaged", (long long)r->at);
	if (r->rd->fact)
		r->rd->fact(r->rd->arg, (const char *)data, (const char *)zero + 1);
	return 0;
}

static int on_lost(struct reading *r, const uint8_t *data, size_t size)
{
	struct record_lost lost = {0};

	memcpy(&lost, data, size < sizeof(lost) ? size : sizeof(lost));
	if (r->rd->lost)
		r->rd->lost(r->rd->arg, &lost);
	return 0;
}

static int (*const chunks[])(struct reading *r, const uint8_t *data, size_t size) = {
	[RECORD_META] = on_meta,
	[RECORD_EVENTS] = on_events,
	[RECORD_FACT] = on_fact,
	[RECORD_LOST] = on_lost,
};
#define N_CHUNKS (sizeof(chunks) / sizeof(chunks[0]))

static int read_header(struct reading *r)
{
	size_t n = fread(&r->head, 1, sizeof(r->head), r->in);

	if (ferror(r->in))
		return -EIO;
	if (n < sizeof(r->head) || r->head.magic != RECORD_MAGIC)
		return damaged(r, r->head.magic == __builtin_bswap64(RECORD_MAGIC)
					  ? "a recording of a machine with the other byte order"
					  : "no recording of 'waybill record'");
	if (r->head.version != RECORD_VERSION)
		return damaged(r, "a recording of format %u; this waybill reads format %u",
			       r->head.version, RECORD_VERSION);
	if (r->head.size != sizeof(r->head))
		return damaged(r, "its header is damaged");
	r->at = sizeof(r->head);
	return 0;
}

/* The chunk's content, only as much memory as the file really fills. -ENODATA: it is cut off. */
static int read_chunk(struct reading *r, uint32_t size)
{
	size_t have = 0;

	while (have < size) {
		size_t want = size - have < 65536 ? size - have : 65536, n;

		if (have + want + 1 > r->room) {
			size_t room = 2 * (have + want + 1);
			void *more = realloc(r->data, room);

			if (!more)
				return -ENOMEM;
			r->data = more;
			r->room = room;
		}
		n = fread(r->data + have, 1, want, r->in);
		if (ferror(r->in))
			return -EIO;
		have += n;
		if (n < want)
			return -ENODATA;
	}
	return 0;
}

static int cut_off(struct reading *r)
{
	if (!r->has_meta)
		return damaged(r, "it ends before its description does");
	if (r->rd->cut)
		r->rd->cut(r->rd->arg, r->at);
	return 0;
}

static int read_chunks(struct reading *r)
{
	while (!r->rd->stop || !r->rd->stop(r->rd->arg)) {
		struct record_chunk_head h;
		size_t n = fread(&h, 1, sizeof(h), r->in);
		int e;

		if (!n && feof(r->in))
			return r->has_meta ? 0 : damaged(r, "it has no description");
		if (n < sizeof(h))
			return cut_off(r);
		if (h.size > RECORD_CHUNK_MAX)
			return damaged(r, "the chunk at byte %llu is damaged", (long long)r->at);
		e = read_chunk(r, h.size);
		if (e)
			return e == -ENODATA ? cut_off(r) : e;
		if (!r->has_meta && h.type != RECORD_META)
			return damaged(r, "it has no description");
		if (h.type < N_CHUNKS && chunks[h.type] && h.size)
			e = chunks[h.type](r, r->data, h.size);
		if (e)
			return e;
		r->at += sizeof(h) + h.size;
	}
	return 0;
}

int record_read(FILE *in, const struct record_reader *rd, char *err, size_t err_size)
{
	struct reading *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	r->in = in;
	r->rd = rd;
	r->err = err;
	r->err_size = err_size;
	err[0] = 0;
	e = read_header(r);
	if (!e)
		e = read_chunks(r);
	free(r->data);
	free(r);
	return e;
}
