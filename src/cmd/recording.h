/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of recordings as streams: compressed or not, and standard input and output. */
#ifndef WAYBILL_CMD_RECORDING_H
#define WAYBILL_CMD_RECORDING_H

#include <stdio.h>

/* "-" is standard output; what ends in .gz is compressed. NULL: errno. */
FILE *recording_create(const char *path);

/* One to be read. */
struct recording_in {
	FILE *f;    /* NULL: there is none */
	int packed; /* the descriptor that has its content, compressed; -1: f has it */
};
/*
 * "-" is standard input. What is compressed is understood, whatever its name. 0 or -errno. Nothing
 * of its content was looked at: recording_unpack() comes before reading f, which can be read again
 * from its beginning.
 */
int recording_open(const char *path, struct recording_in *ret);
/* Where it is compressed. What is in it may be anything, so the rights go before. 0 or -errno. */
int recording_unpack(struct recording_in *r);
void recording_close(struct recording_in *r);

#endif
