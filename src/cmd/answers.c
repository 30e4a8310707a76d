/* SPDX-License-Identifier: GPL-2.0-only */
/* See answers.h. */
#include "cmd/answers.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "causes/resolve.h"
#include "record/record.h"

#define QUEUE_MAX 65536 /* of one read of the rings; a file that has more is not ours */

struct answer {
	struct answer *prev, *next;
	const char *json; /* behind the key */
	char key[];
};

void answers_put(struct answers *a, const char *key, const char *json)
{
	size_t k = strlen(key) + 1, n = strlen(json) + 1;
	struct answer *one = malloc(sizeof(*one) + k + n);

	if (!one)
		abort();
	memcpy(one->key, key, k);
	memcpy(one->key + k, json, n);
	one->json = one->key + k;
	DL_APPEND(a->list, one);
	if (++a->n > QUEUE_MAX)
		answers_all(a);
}

static bool is_mark(const struct answer *one)
{
	return !strcmp(one->key, RECORD_JUDGED);
}

static void give_first(struct answers *a)
{
	struct answer *one = a->list;

	DL_DELETE(a->list, one);
	a->n--;
	if (!is_mark(one))
		resolve_recall(a->resolve, one->key, one->json);
	free(one);
}

void answers_before_marks(struct answers *a)
{
	while (a->list && !is_mark(a->list))
		give_first(a);
}

void answers_for(struct answers *a, uint64_t journey)
{
	const struct answer *mark;
	bool found = false;

	DL_FOREACH(a->list, mark)
	{
		found = is_mark(mark) && strtoull(mark->json, NULL, 10) == journey;
		if (found)
			break;
	}
	for (bool at_it = false; found && !at_it;) {
		at_it = a->list == mark;
		give_first(a);
	}
	if (!found)
		answers_before_marks(a);
}

void answers_all(struct answers *a)
{
	while (a->list)
		give_first(a);
}

void answers_clear(struct answers *a)
{
	struct answer *one, *tmp;

	DL_FOREACH_SAFE(a->list, one, tmp)
	free(one);
	*a = (struct answers){0};
}
