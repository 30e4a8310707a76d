/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts as answers. A fact out of a file may be anything: what does not fit is not known. */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/fact.h"

#define DEPTH_MAX      2
#define CANDIDATES_MAX 256

static json_t *get(struct facts *f, const char *key)
{
	const char *text = facts_get(f, key);

	return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

bool fact_get_string(struct facts *f, char *buf, size_t size, const char *key_format, ...)
{
	char key[FACT_KEY_MAX];
	const char *s;
	json_t *o;
	va_list ap;

	va_start(ap, key_format);
	vsnprintf(key, sizeof(key), key_format, ap);
	va_end(ap);
	o = get(f, key);
	s = json_string_value(o);
	snprintf(buf, size, "%s", s ? s : "");
	json_decref(o);
	return s != NULL;
}

const char *fact_get_symbol(struct facts *f, uint64_t address, uint32_t *ret_offset)
{
	char key[FACT_KEY_MAX];
	const char *name;
	json_t *o;

	snprintf(key, sizeof(key), FACT_SYMBOL, address);
	o = get(f, key);
	name = json_string_value(json_object_get(o, "function"));
	name = name ? facts_word(f, name) : "";
	*ret_offset = json_integer_value(json_object_get(o, "offset"));
	json_decref(o);
	return name ? name : "";
}

static enum decider_kind kind_by_name(const char *name)
{
	for (int i = DECIDER_NONE + 1; i < DECIDER_MAX; i++)
		if (name && !strcmp(decider_kind_name(i), name))
			return i;
	return DECIDER_NONE;
}

static struct decider *read_decider(struct facts *f, json_t *o, int depth)
{
	enum decider_kind kind = kind_by_name(json_string_value(json_object_get(o, "kind")));
	struct decider *d = kind ? decider_new(kind) : NULL, *candidate;
	json_t *value, *item;
	const char *key, *word;
	size_t i;

	if (!d)
		return NULL;
	json_object_foreach(json_object_get(o, "attrs"), key, value)
	{
		word = facts_word(f, key);
		if (word && json_is_string(value))
			decider_set_text(d, word, json_string_value(value));
		else if (word && json_is_integer(value))
			decider_set_number(d, word, json_integer_value(value));
	}
	json_array_foreach(json_object_get(o, "candidates"), i, item)
	{
		if (depth >= DEPTH_MAX || i >= CANDIDATES_MAX)
			break;
		candidate = read_decider(f, item, depth + 1);
		if (candidate)
			decider_add_candidate(d, candidate);
	}
	json_array_foreach(json_object_get(o, "evidence"), i, item)
	{
		if (i < CANDIDATES_MAX && json_is_string(item))
			decider_add_evidence(d, "%s", json_string_value(item));
	}
	return d;
}

struct decider *fact_get_decider(struct facts *f, uint64_t journey)
{
	char key[FACT_KEY_MAX];
	struct decider *d;
	json_t *o;

	snprintf(key, sizeof(key), FACT_DECIDER, journey);
	o = get(f, key);
	d = o ? read_decider(f, o, 0) : NULL;
	json_decref(o);
	return d;
}
