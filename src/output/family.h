/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet that is printed, and its copies below it: indented, and those that end like one before
 * as a count. What a journey's lines are is not known here.
 */
#ifndef WAYBILL_OUTPUT_FAMILY_H
#define WAYBILL_OUTPUT_FAMILY_H

#include "model/journey.h"
#include "util/text.h"

#define FAMILY_INDENT 4 /* columns */
#define FAMILY_ENDS   16

struct family_end {
	uint64_t first; /* number of the copy that is printed */
	uint64_t more;	/* that end like it, and are not */
	struct text like, words;
};

/* Zeroed: nobody's. */
struct family {
	uint64_t parent; /* kernel id of the packet that was printed last and is no copy; 0 none */
	struct family_end ends[FAMILY_ENDS];
	size_t n;
};

/* It is printed, and is no copy: what comes may be its copies. What is left of those before goes to
 * t. */
void family_begin(struct family *f, const struct journey *j, struct text *t);
/* Is it a copy of the packet that was printed last? */
bool family_has(const struct family *f, const struct journey *j);
/* Does the copy end like one that is printed? Then it is counted. */
bool family_fold(struct family *f, const struct journey *j);
/* A copy's lines, indented. */
void family_put(struct text *t, const struct text *lines);
/* Writes what was counted to t; what comes next is nobody's copy. */
void family_end(struct family *f, struct text *t);

#endif
