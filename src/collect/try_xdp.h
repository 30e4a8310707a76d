/* SPDX-License-Identifier: GPL-2.0-only */
/* The XDP programs of this namespace's devices, to be run on frames that are put in there. */
#ifndef WAYBILL_COLLECT_TRY_XDP_H
#define WAYBILL_COLLECT_TRY_XDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a device's program says to a frame. */
struct xdp_tried {
	uint32_t id; /* 0: there is no program */
	uint32_t verdict;
	char name[16];
	bool generic;
};

struct xdp_programs {
	struct xdp_program {
		uint32_t ifindex;
		int fd;
		struct xdp_tried is; /* without a verdict */
	} *rows;
	size_t n;
};

/*
 * As they are now; later it takes no more rights to run them. 0, or -errno with a sentence in err.
 * try_xdp_close() in any case.
 */
int try_xdp_open(struct xdp_programs *ret, char *err, size_t size);
/*
 * Runs the device's program on the frame, which may come out of it changed; *n: its length, then
 * and now, room: how long it may become. Its counters move as with any frame.
 */
int try_xdp(const struct xdp_programs *p, uint32_t ifindex, void *frame, size_t *n, size_t room,
	    struct xdp_tried *ret, char *err, size_t size);
void try_xdp_close(struct xdp_programs *p);

#endif
