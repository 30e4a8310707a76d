/* SPDX-License-Identifier: GPL-2.0-only */
/* The one way in which waybill says what went wrong. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/cmd.h"

int fail(int code, const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("waybill: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}

/* The machine's own has all numbers, and each as it is. */
static bool in_user_namespace(void)
{
	unsigned inside = 0, outside = 0, n = UINT32_MAX;
	FILE *f = fopen("/proc/self/uid_map", "re");

	if (!f)
		return false;
	if (fscanf(f, "%u %u %u", &inside, &outside, &n) != 3)
		n = 0;
	fclose(f);
	return inside || outside || n != UINT32_MAX;
}

int fail_collect(const char *err)
{
	if (in_user_namespace())
		return fail(EXIT_CANNOT,
			    "root here is root of a user namespace only, which may not load BPF "
			    "programs: run waybill outside of it, as root of the machine (%s)",
			    err);
	return fail(EXIT_CANNOT, "%s", err);
}
