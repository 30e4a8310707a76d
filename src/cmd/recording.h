/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of recordings as streams: compressed or not, and standard input and output. */
#ifndef WAYBILL_CMD_RECORDING_H
#define WAYBILL_CMD_RECORDING_H

#include <stdio.h>

/* "-" is standard output; what ends in .gz is compressed. NULL: errno. */
FILE *recording_create(const char *path);
/*
 * "-" is standard input. What is compressed is understood, whatever its name. The stream can be
 * read again from its beginning. NULL: errno.
 */
FILE *recording_open(const char *path);

#endif
