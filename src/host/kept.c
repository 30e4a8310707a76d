/* SPDX-License-Identifier: GPL-2.0-only */
/* See kept.h. In the order in which they were asked: the oldest goes first. */
#include "host/kept.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "util/clock.h"

#define KEPT_MAX 512
#define KEPT_NS	 (5 * SECOND_NS) /* none is fresh for longer, and some are large */

struct kept {
	struct kept_answer answer;
	UT_hash_handle hh;
	char key[];
};

static void forget(struct kept **all, struct kept *k)
{
	HASH_DEL(*all, k);
	json_decref(k->answer.answer);
	free(k);
}

void kept_clear(struct kept **all)
{
	while (*all)
		forget(all, *all);
}

static struct kept *find(struct kept *all, const char *key)
{
	struct kept *k;

	HASH_FIND_STR(all, key, k);
	return k;
}

const struct kept_answer *kept_find(struct kept *all, const char *key)
{
	const struct kept *k = find(all, key);

	return k ? &k->answer : NULL;
}

void kept_put(struct kept **all, const char *key, const struct kept_answer *answer)
{
	struct kept *k = find(*all, key);
	size_t n = strlen(key);

	if (k)
		forget(all, k);
	while (*all && (HASH_COUNT(*all) >= KEPT_MAX ||
			answer->times.asked_ns - (*all)->answer.times.asked_ns > KEPT_NS))
		forget(all, *all);
	k = calloc(1, sizeof(*k) + n + 1);
	if (!k)
		return;
	k->answer = *answer;
	json_incref(k->answer.answer);
	memcpy(k->key, key, n);
	HASH_ADD_KEYPTR(hh, *all, k->key, n, k);
}
