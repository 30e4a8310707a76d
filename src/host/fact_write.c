/* SPDX-License-Identifier: GPL-2.0-only */
/* Answers as facts: the writing half. Reading them is in fact_read.c. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "host/fact.h"
#include "util/json.h"

static void put(struct facts *f, const char *key, struct text *t)
{
	if (!t->failed && t->s)
		facts_put(f, key, t->s);
	text_free(t);
}

void fact_put_string(struct facts *f, const char *value, const char *key_format, ...)
{
	struct text t = {0};
	struct json j = {.out = &t};
	char key[FACT_KEY_MAX];
	va_list ap;

	va_start(ap, key_format);
	vsnprintf(key, sizeof(key), key_format, ap);
	va_end(ap);
	json_text(&j, NULL, value);
	put(f, key, &t);
}

void fact_put_symbol(struct facts *f, uint64_t address, const char *function, uint32_t offset,
		     const char *module)
{
	struct text t = {0};
	struct json j = {.out = &t};
	char key[FACT_KEY_MAX];

	snprintf(key, sizeof(key), FACT_SYMBOL, address);
	json_open(&j, NULL, '{');
	json_text(&j, "function", function);
	json_unsigned(&j, "offset", offset);
	if (*module)
		json_text(&j, "module", module);
	json_close(&j, '}');
	put(f, key, &t);
}
