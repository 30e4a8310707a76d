/* SPDX-License-Identifier: GPL-2.0-only */
/* See near.h. */
#include "util/near.h"

#include <string.h>

size_t near_distance(const char *a, const char *b)
{
	size_t row[32], n = strlen(b);

	if (n > 30)
		return 99;
	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			size_t best = diagonal + (a[i - 1] != b[k - 1]);

			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			diagonal = row[k];
			row[k] = best;
		}
	}
	return row[n];
}
