/* SPDX-License-Identifier: GPL-2.0-only */
/* The one way in which waybill says what went wrong. */
#include <stdarg.h>
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
