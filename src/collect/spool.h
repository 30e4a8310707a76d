/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that empties the rings into memory. Naming, deciding and printing can take longer than a
 * ring holds; they take from here what they have time for. What an event is, is not known here.
 */
#ifndef WAYBILL_COLLECT_SPOOL_H
#define WAYBILL_COLLECT_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct ring_buffer;
struct wb_event;
struct spool;
typedef void (*spool_fn)(void *arg, const struct wb_event *ev);

/* max: bytes that may wait; at that the rings are left to fill, and count what they lose. */
int spool_new(struct spool **ret, size_t max);
/* Starts the thread. The rings are the caller's; their callback hands each event to spool_put(). */
int spool_start(struct spool *s, struct ring_buffer *rings);
void spool_put(struct spool *s, const struct wb_event *ev);

/*
 * Hands out a part of what waits, in order. Returns the number of events. *read_ns: all that was in
 * the rings at that time has been handed out by now.
 */
int spool_take(struct spool *s, spool_fn fn, void *arg, uint64_t *read_ns);
/*
 * Each event is shown to look once, before it is handed out: by spool_look(), which the taker may
 * call while it works on others, as soon as it came; at the latest by spool_take().
 */
void spool_watch(struct spool *s, spool_fn look, void *arg);
void spool_look(struct spool *s);
/* Events for which there was no memory. */
uint64_t spool_lost(const struct spool *s);

/* Ends the thread after a last read; what waits can still be taken. */
void spool_stop(struct spool *s);
/* How many events wait, once it is stopped. */
size_t spool_left(const struct spool *s);
void spool_free(struct spool *s);

#endif
