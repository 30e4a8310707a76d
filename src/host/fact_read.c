/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts as answers. A fact out of a file may be anything: what does not fit is not known. */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/fact.h"

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

static const char *word(struct facts *f, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	s = s ? facts_word(f, s) : NULL;
	return s ? s : "";
}

const char *fact_get_symbol(struct facts *f, uint64_t address, uint32_t *ret_offset,
			    const char **ret_module)
{
	char key[FACT_KEY_MAX];
	const char *name;
	json_t *o;

	snprintf(key, sizeof(key), FACT_SYMBOL, address);
	o = get(f, key);
	name = word(f, o, "function");
	*ret_module = word(f, o, "module");
	*ret_offset = json_integer_value(json_object_get(o, "offset"));
	json_decref(o);
	return name;
}
