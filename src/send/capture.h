/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packets of a capture file as Ethernet frames. The bytes may come from anywhere: to be read by
 * a process that is confined.
 */
#ifndef WAYBILL_SEND_CAPTURE_H
#define WAYBILL_SEND_CAPTURE_H

#include <stdio.h>

#include "send/frame.h"

/* A frame of it; n 0: a packet that could not be made one, and why. */
struct capture_frame {
	uint32_t n;
	uint32_t number; /* in the file, from 1 on */
	bool l3;	 /* its MAC addresses are none */
	char why[64];
	uint8_t bytes[SEND_FRAME_MAX];
};

/*
 * Calls fn for each, until it returns other than 0. f is closed. 0, or -EINVAL with what is wrong
 * with the file.
 */
int capture_read(FILE *f, int (*fn)(void *arg, const struct capture_frame *c), void *arg, char *err,
		 size_t size);

#endif
