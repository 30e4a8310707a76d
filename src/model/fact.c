/* SPDX-License-Identifier: GPL-2.0-only */
/* The store of facts: a hash of texts. What a key or an answer means is not known here. */
#include "model/fact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct fact {
	char *key, *json; /* json NULL: only a word */
	UT_hash_handle hh;
};

struct facts {
	struct fact *facts, *words;
	fact_fn fn;
	void *arg;
	uint64_t changes;
};

int facts_new(struct facts **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void free_all(struct fact *all)
{
	struct fact *f, *tmp;

	HASH_ITER(hh, all, f, tmp)
	{
		HASH_DEL(all, f);
		free(f->key);
		free(f->json);
		free(f);
	}
}

void facts_free(struct facts *f)
{
	if (!f)
		return;
	free_all(f->facts);
	free_all(f->words);
	free(f);
}

void facts_tap(struct facts *f, fact_fn fn, void *arg)
{
	f->fn = fn;
	f->arg = arg;
}

static struct fact *find_or_add(struct fact **all, const char *key)
{
	struct fact *f;

	HASH_FIND_STR(*all, key, f);
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->key = strdup(key);
	if (!f->key) {
		free(f);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, *all, f->key, strlen(f->key), f);
	return f;
}

int facts_put(struct facts *f, const char *key, const char *json)
{
	struct fact *e = find_or_add(&f->facts, key);
	char *copy;

	if (!e)
		return -ENOMEM;
	if (e->json && !strcmp(e->json, json))
		return 0;
	copy = strdup(json);
	if (!copy)
		return -ENOMEM;
	free(e->json);
	e->json = copy;
	f->changes++;
	if (f->fn)
		f->fn(f->arg, key, json);
	return 0;
}

void facts_tell(struct facts *f, const char *key, const char *json)
{
	if (f->fn)
		f->fn(f->arg, key, json);
}

const char *facts_get(const struct facts *f, const char *key)
{
	struct fact *e;

	HASH_FIND_STR(f->facts, key, e);
	return e ? e->json : NULL;
}

uint64_t facts_changes(const struct facts *f)
{
	return f->changes;
}

void facts_each(const struct facts *f, fact_fn fn, void *arg)
{
	for (struct fact *e = f->facts; e; e = e->hh.next)
		if (e->json)
			fn(arg, e->key, e->json);
}

const char *facts_word(struct facts *f, const char *word)
{
	struct fact *e = find_or_add(&f->words, word);

	return e ? e->key : NULL;
}
