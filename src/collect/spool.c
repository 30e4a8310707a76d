/* SPDX-License-Identifier: GPL-2.0-only */
/* Chunks in a list: the thread fills the last one, the taker empties the first. */
#include "collect/spool.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "util/clock.h"
#include "util/rights.h"
#include "waybill/event.h"

#define CHUNK	((size_t)256 << 10)
#define IDLE_NS (4 * MS_NS)
#define BUSY_NS (MS_NS / 2)
/* it needs little time, but soon: a ring is full after some milliseconds */
#define PRIORITY (-15)

struct chunk {
	struct chunk *prev, *next;
	uint64_t read_ns; /* 0: more of the same read follows */
	atomic_size_t used;
	size_t looked; /* the taker's: so far they were shown to it */
	_Alignas(8) uint8_t data[CHUNK];
};

struct spool {
	struct ring_buffer *rings;
	size_t max;
	pthread_t thread;
	bool started;
	atomic_bool stop;
	atomic_ullong lost;
	struct chunk *filling; /* the thread's own, but for a look; set under lock */
	pthread_mutex_t lock;
	pthread_cond_t taken;
	/* under lock */
	bool began;
	int refused;
	struct chunk *first, *spare;
	size_t waiting; /* bytes */
	uint64_t read_ns;
	/* the taker's own */
	spool_fn look;
	void *look_arg;
};

/*
 * Puts the chunk in the list, or waits until there is room for it. While others wait before it, one
 * that is not full stays here: many small ones would waste memory.
 */
static void pass_on(struct spool *s, uint64_t read_ns, bool at_once)
{
	pthread_mutex_lock(&s->lock);
	while (at_once && s->waiting + CHUNK > s->max && !s->stop)
		pthread_cond_wait(&s->taken, &s->lock);
	if (s->filling && (at_once || !s->first)) {
		s->filling->read_ns = read_ns;
		DL_APPEND(s->first, s->filling);
		s->waiting += CHUNK;
		s->filling = NULL;
	} else if (!s->filling && !s->first) {
		s->read_ns = read_ns;
	}
	pthread_mutex_unlock(&s->lock);
}

static void free_chunk(struct chunk *c)
{
	if (c)
		munmap(c, sizeof(*c));
}

static struct chunk *empty_chunk(struct spool *s)
{
	struct chunk *c;

	pthread_mutex_lock(&s->lock);
	c = s->spare;
	s->spare = NULL;
	pthread_mutex_unlock(&s->lock);
	if (!c) {
		/* not from the heap: what a flood needed goes back at once */
		c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
		if (c == MAP_FAILED)
			return NULL;
	}
	c->used = c->looked = 0;
	c->next = NULL;
	return c;
}

static size_t room_of(const struct wb_event *ev)
{
	return (ev->size + 7) & ~(size_t)7;
}

void spool_put(struct spool *s, const struct wb_event *ev)
{
	size_t size = room_of(ev);
	struct chunk *c;

	if (s->filling && s->filling->used + size > CHUNK)
		pass_on(s, 0, true);
	if (!s->filling) {
		c = empty_chunk(s);
		pthread_mutex_lock(&s->lock);
		s->filling = c;
		pthread_mutex_unlock(&s->lock);
	}
	if (!s->filling) {
		s->lost++;
		return;
	}
	memcpy(s->filling->data + s->filling->used, ev, ev->size);
	s->filling->used += size; /* whoever looks sees a whole event */
}

/* A thread has capabilities of its own: after its priority this one needs none. */
static int give_up_rights(struct spool *s)
{
	int r;

	setpriority(PRIO_PROCESS, syscall(SYS_gettid), PRIORITY);
	r = rights_keep(0);
	pthread_mutex_lock(&s->lock);
	s->began = true;
	s->refused = r;
	pthread_cond_signal(&s->taken);
	pthread_mutex_unlock(&s->lock);
	return r;
}

static void *read_rings(void *arg)
{
	struct spool *s = arg;
	bool last;

	if (give_up_rights(s))
		return NULL;
	do {
		uint64_t now = clock_now_ns();
		struct timespec pause = {.tv_nsec = IDLE_NS};

		last = s->stop;
		if (ring_buffer__consume(s->rings) > 0)
			pause.tv_nsec = BUSY_NS;
		pass_on(s, now, last);
		if (!last)
			nanosleep(&pause, NULL);
	} while (!last);
	return NULL;
}

int spool_new(struct spool **ret, size_t max)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->max = max;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->taken, NULL);
	*ret = s;
	return 0;
}

int spool_start(struct spool *s, struct ring_buffer *rings)
{
	int r;

	s->rings = rings;
	r = pthread_create(&s->thread, NULL, read_rings, s);
	s->started = !r;
	pthread_mutex_lock(&s->lock);
	while (s->started && !s->began)
		pthread_cond_wait(&s->taken, &s->lock);
	pthread_mutex_unlock(&s->lock);
	return r ? -r : s->refused;
}

static void give_back(struct spool *s, struct chunk *c)
{
	pthread_mutex_lock(&s->lock);
	s->waiting -= CHUNK;
	if (c->read_ns > s->read_ns)
		s->read_ns = c->read_ns;
	if (!s->spare) {
		s->spare = c;
		c = NULL;
	}
	pthread_cond_signal(&s->taken);
	pthread_mutex_unlock(&s->lock);
	free_chunk(c);
}

void spool_watch(struct spool *s, spool_fn look, void *arg)
{
	s->look = look;
	s->look_arg = arg;
}

/* The chunk behind c, of those that wait and the one that is filled; NULL: the first. */
static struct chunk *after(struct spool *s, const struct chunk *c)
{
	struct chunk *next = NULL;

	pthread_mutex_lock(&s->lock);
	if (!c || c != s->filling)
		next = c ? c->next : s->first;
	if (!next && c != s->filling)
		next = s->filling;
	pthread_mutex_unlock(&s->lock);
	return next;
}

/* Only the taker takes chunks away, and it is here. */
void spool_look(struct spool *s)
{
	for (struct chunk *c = after(s, NULL); c && s->look; c = after(s, c))
		while (c->looked < c->used) {
			const struct wb_event *ev = (const void *)(c->data + c->looked);

			c->looked += room_of(ev);
			s->look(s->look_arg, ev);
		}
}

int spool_take(struct spool *s, spool_fn fn, void *arg, uint64_t *read_ns)
{
	struct chunk *c;
	int n = 0;

	pthread_mutex_lock(&s->lock);
	c = s->first;
	if (c)
		DL_DELETE(s->first, c);
	*read_ns = s->read_ns;
	pthread_mutex_unlock(&s->lock);
	if (!c)
		return 0;
	for (size_t at = 0; at < c->used; n++) {
		const struct wb_event *ev = (const void *)(c->data + at);

		if (s->look && c->looked <= at)
			s->look(s->look_arg, ev);
		at += room_of(ev);
		fn(arg, ev);
	}
	if (c->read_ns)
		*read_ns = c->read_ns;
	give_back(s, c);
	return n;
}

size_t spool_left(const struct spool *s)
{
	const struct chunk *c;
	size_t n = 0;

	DL_FOREACH(s->first, c)
	for (size_t at = 0; at < c->used; n++)
		at += room_of((const void *)(c->data + at));
	return n;
}

uint64_t spool_lost(const struct spool *s)
{
	return s->lost;
}

void spool_stop(struct spool *s)
{
	if (!s->started)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->taken);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->started = false;
}

void spool_free(struct spool *s)
{
	struct chunk *c, *tmp;

	if (!s)
		return;
	spool_stop(s);
	DL_FOREACH_SAFE(s->first, c, tmp)
	free_chunk(c);
	free_chunk(s->spare);
	free_chunk(s->filling);
	pthread_cond_destroy(&s->taken);
	pthread_mutex_destroy(&s->lock);
	free(s);
}
