/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/kallsyms, read once and sorted by address. What modules bring later has no name. */
#include "resolve/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_AT_FIRST 131072 /* a common kernel has somewhat more functions */

struct symbol {
	uint64_t address;
	char *name;
};

struct symbols {
	struct symbol *list;
	size_t n;
};

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void load(struct symbols *s)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	size_t room = 0;
	char line[512], name[256], type;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %c %255s", &address, &type, name) != 3 ||
		    !strchr("tTwW", type) || !address)
			continue;
		if (s->n == room) {
			struct symbol *more;

			room = room ? 2 * room : ROOM_AT_FIRST;
			more = realloc(s->list, room * sizeof(*more));
			if (!more)
				break;
			s->list = more;
		}
		s->list[s->n++] = (struct symbol){address, strdup(name)};
	}
	if (f)
		fclose(f);
	if (s->n)
		qsort(s->list, s->n, sizeof(*s->list), by_address);
}

struct symbols *symbols_read(void)
{
	struct symbols *s = calloc(1, sizeof(*s));

	if (s)
		load(s);
	return s;
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i].name);
	free(s->list);
	free(s);
}

const char *symbols_around(const struct symbols *s, uint64_t address, uint32_t *ret_offset)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (s->list[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || !s->list[low - 1].name)
		return NULL;
	*ret_offset = address - s->list[low - 1].address;
	return s->list[low - 1].name;
}
