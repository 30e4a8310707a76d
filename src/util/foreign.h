/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strings that come from outside (names of interfaces, processes, tables, chains, namespaces; rules
 * and comments): the one place where they are written. What each form escapes is in foreign.c.
 */
#ifndef WAYBILL_UTIL_FOREIGN_H
#define WAYBILL_UTIL_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "util/text.h"

/* Where the string goes. Each form is valid UTF-8 (SHELL: ASCII), whatever the string holds. */
enum foreign_form {
	FOREIGN_TEXT,  /* a terminal, a comment of pcapng: \x1b, \u{202e} */
	FOREIGN_JSON,  /* between the quotes of a JSON string */
	FOREIGN_LABEL, /* between the quotes of a Prometheus label */
	FOREIGN_HTML,  /* HTML's text, or a quoted attribute */
	FOREIGN_SHELL, /* one word of a shell, quoted only where it must be */
	FOREIGN_FORMS
};

/* A byte that was no valid UTF-8 may have travelled as the character U+EF80 + (byte - 0x80). */
#define FOREIGN_BYTE(byte) (0xef00U + (byte))

void foreign_put(struct text *t, enum foreign_form form, const char *s);
/* What most callers want: FOREIGN_TEXT. */
void text_escaped(struct text *t, const char *s);

/*
 * The character at s (of n bytes, n > 0) and its length. A byte that is no valid UTF-8 is
 * FOREIGN_BYTE(byte), of length 1.
 */
uint32_t foreign_char(const char *s, size_t n, size_t *ret_len);
/* Can it move the cursor, turn the direction of writing, or hide: control and format characters? */
bool foreign_is_unsafe(uint32_t c);

#endif
