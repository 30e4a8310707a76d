/* SPDX-License-Identifier: GPL-2.0-only */
/* What can differ between two journeys, as words. */
#include "model/diff.h"

#include <stdlib.h>

static const struct {
	const char *name;
	bool matters;
} whats[DIFF_WHAT_MAX] = {
#define X(id, name, way) [DIFF_##id] = {name, way},
	DIFF_WHATS(X)
#undef X
};

const char *diff_what_name(enum diff_what what)
{
	return whats[what].name;
}

bool diff_what_matters(enum diff_what what)
{
	return whats[what].matters;
}

void diff_clear(struct diff *d)
{
	free(d->steps_a);
	free(d->steps_b);
	free(d->items);
	free(d->rows);
	*d = (struct diff){0};
}
