/* SPDX-License-Identifier: GPL-2.0-only */
/* A text read piece by piece; an error knows its place. Nothing outside of this room. */
#ifndef WAYBILL_SEND_READER_H
#define WAYBILL_SEND_READER_H

#include "send/words.h"

/* The text, and the piece of it that is looked at. */
struct reader {
	const char *text, *at;
	size_t n; /* of the piece at `at` */
	struct send_error *err;
};

/* The error is about the piece that is looked at. -EINVAL. */
__attribute__((format(printf, 2, 3))) int reader_wrong(struct reader *r, const char *format, ...);
/* False: there is no more. */
bool reader_next(struct reader *r);
bool reader_is(const struct reader *r, const char *word);
/* Returns buf. */
const char *reader_copy(const struct reader *r, char *buf, size_t size);
/* Decimal, or hexadecimal behind 0x. */
bool reader_number(const char *s, uint32_t max, uint32_t *ret);
/* What stands behind a word. 0 or -EINVAL. */
int reader_value(struct reader *r, struct send_packet *p, const struct word_row *w);

#endif
