/* SPDX-License-Identifier: GPL-2.0-only */
/* A table by kernel id, the oldest first, of those that a link may still name. */
#include "cmd/numbers.h"

#include <stdlib.h>
#include <uthash.h>

#define NUMBERED_MAX 65536

struct numbered {
	uint64_t id, number;
	UT_hash_handle hh;
};

static void drop_oldest(struct numbers *n)
{
	struct numbered *oldest = n->by_id;

	HASH_DEL(n->by_id, oldest);
	free(oldest);
}

static uint64_t number_of(struct numbers *n, uint64_t id)
{
	struct numbered *e;

	HASH_FIND(hh, n->by_id, &id, sizeof(id), e);
	if (e)
		return e->number;
	e = malloc(sizeof(*e));
	if (!e)
		return ++n->last;
	*e = (struct numbered){.id = id, .number = ++n->last};
	HASH_ADD(hh, n->by_id, id, sizeof(e->id), e);
	if (HASH_COUNT(n->by_id) > NUMBERED_MAX)
		drop_oldest(n);
	return e->number;
}

void numbers_give(struct numbers *n, struct journey *j)
{
	j->number = number_of(n, j->id);
	for (size_t i = 0; i < j->n_links; i++)
		if (j->links[i].other)
			j->links[i].number = number_of(n, j->links[i].other);
}

void numbers_clear(struct numbers *n)
{
	while (n->by_id)
		drop_oldest(n);
}
