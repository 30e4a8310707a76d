/* SPDX-License-Identifier: GPL-2.0-only */
/* Any string in any form: nothing unsafe comes out, and what comes out is of that form. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "util/foreign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_clean(const struct text *t)
{
	for (size_t i = 0, n; i < t->n; i += n) {
		uint32_t c = foreign_char(t->s + i, t->n - i, &n);

		must(!foreign_is_unsafe(c));
		must(c < FOREIGN_BYTE(0x80) || c > FOREIGN_BYTE(0xff));
	}
}

/* Outside of quotes only harmless characters stand, and all quotes are closed. */
static void check_word(const char *s)
{
	static const char open[] = "\"$(printf '", close[] = "')\"";
	bool dollar, quoted = false;

	while (*s) {
		/* between printf's quotes only plain characters and its octal escapes */
		if (!strncmp(s, open, strlen(open))) {
			for (s += strlen(open); *s != '\''; s++)
				must(*s >= ' ' && *s < 0x7f && *s != '%');
			must(!strncmp(s, close, strlen(close)));
			s += strlen(close);
			continue;
		}
		if (!quoted && !strncmp(s, "\\'", 2)) {
			s += 2;
			continue;
		}
		dollar = !strncmp(s, "$'", 2);
		if (dollar || *s == '\'') {
			s += dollar ? 2 : 1;
			for (quoted = true; quoted; s++) {
				must(*s);
				if (dollar && *s == '\\')
					must(*++s == 'x' || (*s >= '0' && *s <= '7'));
				quoted = *s != '\'';
			}
			continue;
		}
		must(!strchr(" \t\n|&;()<>$`\\\"*?[]#~{}!^", *s));
		s++;
	}
}

static void check_json(const char *s)
{
	struct text t = {0};
	json_t *v;

	text_put(&t, "\"", 1);
	foreign_put(&t, FOREIGN_JSON, s);
	text_put(&t, "\"", 1);
	v = json_loadb(t.s, t.n, JSON_DECODE_ANY, NULL);
	must(v);
	json_decref(v);
	text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);
	struct text t = {0};

	memcpy(s, data, size);
	s[size] = 0;
	for (int f = 0; f < FOREIGN_FORMS; f++) {
		text_reset(&t);
		foreign_put(&t, f, s);
		check_clean(&t);
		if (t.s && f == FOREIGN_HTML)
			must(!strpbrk(t.s, "<>\"'"));
		if (t.s && f == FOREIGN_SHELL)
			check_word(t.s);
	}
	check_json(s);
	text_free(&t);
	free(s);
	return 0;
}
