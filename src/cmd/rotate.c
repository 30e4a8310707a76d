/* SPDX-License-Identifier: GPL-2.0-only */
/* See rotate.h. */
#include "cmd/rotate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "util/clock.h"
#include "util/text.h"

#define NAME_MAX_TIMED 4096

int rotate_check(const struct options *o)
{
	if (o->rotate_files && !o->rotate_bytes && !o->rotate_seconds)
		return fail(EXIT_USAGE, "-W: how many files, but neither -C nor -G says when one "
					"is full");
	if ((o->rotate_bytes || o->rotate_seconds) && !strcmp(o->write, "-"))
		return fail(EXIT_USAGE, "-w -: standard output can't be rotated (-C, -G)");
	return EXIT_DONE;
}

/* As many digits as the last of -W's files has. */
static int digits(const struct options *o)
{
	int n = 1;

	for (uint64_t last = o->rotate_files ? o->rotate_files - 1 : 0; last >= 10; last /= 10)
		n++;
	return n;
}

/* Before ".gz", which says how it is written. */
static void put_number(struct text *t, const char *name, uint64_t n, int width)
{
	size_t length = strlen(name), at = length;

	if (length > 3 && !strcmp(name + length - 3, ".gz"))
		at -= 3;
	text_put(t, name, at);
	text_printf(t, "%0*" PRIu64, width, n);
	text_put(t, name + at, length - at);
}

/* The format is the user's own, of the command line. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static size_t put_time(char *ret, size_t size, const char *format, const struct tm *tm)
{
	return strftime(ret, size, format, tm);
}
#pragma GCC diagnostic pop

char *rotate_name(const struct options *o, uint64_t n, time_t now)
{
	char timed[NAME_MAX_TIMED];
	const char *name = o->write;
	bool ring = o->rotate_files && !o->rotate_seconds;
	struct text t = {0};
	struct tm tm;

	localtime_r(&now, &tm);
	if (o->rotate_seconds && put_time(timed, sizeof(timed), o->write, &tm))
		name = timed;
	if (o->rotate_bytes && (n || o->rotate_files))
		put_number(&t, name, ring ? n % o->rotate_files : n, digits(o));
	else
		text_put(&t, name, strlen(name));
	return t.failed ? NULL : t.s;
}

bool rotate_due(const struct options *o, uint64_t bytes, uint64_t begun_ns, uint64_t now_ns)
{
	if (o->rotate_bytes && bytes >= o->rotate_bytes)
		return true;
	return o->rotate_seconds && now_ns >= begun_ns + o->rotate_seconds * SECOND_NS;
}

bool rotate_ends(const struct options *o, uint64_t n)
{
	return o->rotate_seconds && !o->rotate_bytes && o->rotate_files && n + 1 >= o->rotate_files;
}
