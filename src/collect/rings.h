/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring buffers, one for each CPU. Who reads them is in collect.c. */
#ifndef WAYBILL_COLLECT_RINGS_H
#define WAYBILL_COLLECT_RINGS_H

#include <stddef.h>

struct rings {
	int *fd;
	size_t n; /* set by the caller */
};

/* Bytes of each, a power of two; asked 0: 1/512 of the memory for all together, within bounds. */
size_t rings_size(size_t asked);
/* Creates them and puts them into the map of rings. 0 or -errno; rings_close() in both cases. */
int rings_open(struct rings *r, int map_fd, size_t bytes);
void rings_close(struct rings *r);

#endif
