/* SPDX-License-Identifier: GPL-2.0-only */
/* Tens of thousands of names in one piece of memory, found by a hash of what stands before a dot.
 */
#include "collect/listed.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/kallsyms.h"

#define BLOCK	      65536 /* of the file, read at once */
#define NAMES_AT_ONCE ((size_t)1 << 20)
#define SLOTS_AT_ONCE ((size_t)1 << 17) /* power of 2 */

struct listed {
	const char *path; /* NULL: it has been read */
	char *names;	  /* each with its end */
	size_t size, room;
	uint32_t *slots; /* where in names, + 1; 0: free */
	size_t n, n_slots;
	pthread_t thread;
	bool beside; /* the thread reads it, or has */
};

/* Names that differ only behind their dot have one hash, and so stand in one run of slots. */
static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name && *name != '.'; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash ^ hash >> 15;
}

static void put(struct listed *l, uint32_t at)
{
	size_t i = hash_of(l->names + at - 1);

	while (l->slots[i & (l->n_slots - 1)])
		i++;
	l->slots[i & (l->n_slots - 1)] = at;
}

/* Twice as many slots. */
static bool widen(struct listed *l)
{
	uint32_t *old = l->slots;
	size_t n = l->n_slots;

	l->n_slots = n ? 2 * n : SLOTS_AT_ONCE;
	l->slots = calloc(l->n_slots, sizeof(*l->slots));
	for (size_t i = 0; i < n && l->slots; i++)
		if (old[i])
			put(l, old[i]);
	free(old);
	return l->slots;
}

static bool add(struct listed *l, const char *name, size_t len)
{
	if (l->size + len + 1 > l->room) {
		char *more = realloc(l->names, l->room + NAMES_AT_ONCE);

		if (!more)
			return false;
		l->names = more;
		l->room += NAMES_AT_ONCE;
	}
	if (2 * l->n >= l->n_slots && !widen(l))
		return false;
	memcpy(l->names + l->size, name, len);
	l->names[l->size + len] = 0;
	put(l, l->size + 1);
	l->size += len + 1;
	l->n++;
	return true;
}

static bool add_line(struct listed *l, const char *line, size_t len)
{
	struct kallsyms_line k;

	return !kallsyms_read(line, len, &k) || !strchr("tT", k.type) || add(l, k.name, k.name_len);
}

/* What was listed before an error came is kept: none of it is less true. */
static void read_lines(struct listed *l, int fd)
{
	char *block = malloc(BLOCK);
	size_t held = 0;
	ssize_t n;
	bool fits = block;

	while (fits && (n = read(fd, block + held, BLOCK - held)) > 0) {
		char *line = block, *end = block + held + n, *next;

		for (; fits && (next = memchr(line, '\n', end - line)); line = next + 1)
			fits = add_line(l, line, next - line);
		held = end - line;
		memmove(block, line, held);
	}
	free(block);
}

static void *read_file(void *arg)
{
	struct listed *l = arg;
	int fd = open(l->path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		read_lines(l, fd);
		close(fd);
	}
	return NULL;
}

/* By now, or by the thread that is at it. */
static void read_once(struct listed *l)
{
	if (l->beside)
		pthread_join(l->thread, NULL);
	else if (l->path)
		read_file(l);
	l->beside = false;
	l->path = NULL;
}

void listed_begin(struct listed *l)
{
	if (l->path && !l->beside)
		l->beside = !pthread_create(&l->thread, NULL, read_file, l);
}

struct listed *listed_of(const char *path)
{
	struct listed *l = calloc(1, sizeof(*l));

	if (l)
		l->path = path;
	return l;
}

void listed_free(struct listed *l)
{
	if (!l)
		return;
	if (l->beside)
		pthread_join(l->thread, NULL);
	free(l->names);
	free(l->slots);
	free(l);
}

/* The name in this slot, NULL: free. */
static const char *name_at(const struct listed *l, size_t slot)
{
	uint32_t at = l->n_slots ? l->slots[slot & (l->n_slots - 1)] : 0;

	return at ? l->names + at - 1 : NULL;
}

size_t listed_times(struct listed *l, const char *name)
{
	const char *listed;
	size_t n = 0;

	read_once(l);
	for (size_t i = hash_of(name); (listed = name_at(l, i)); i++)
		n += !strcmp(listed, name);
	return n;
}

const char *listed_variant(struct listed *l, const char *name)
{
	size_t len = strlen(name);
	const char *listed;

	read_once(l);
	for (size_t i = hash_of(name); (listed = name_at(l, i)); i++)
		if (!strncmp(listed, name, len) && listed[len] == '.')
			return listed;
	return NULL;
}
