/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Own observers at tc where the kernel has no tc links: filters, which would outlive the process.
 * So a child makes them, watches the process, and takes them away when it is gone, however it
 * ended. Only the end of that child by force leaves them; they let everything pass.
 */
#ifndef WAYBILL_COLLECT_CLSACT_H
#define WAYBILL_COLLECT_CLSACT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct clsact {
	int watched; /* open as long as the process lives */
	pid_t child;
};

/* A device of the current namespace, and the program for each side, or -1. */
struct clsact_place {
	uint32_t ifindex;
	int in_fd, out_fd;
};

/*
 * A filter at each of these sides, before all others. The qdisc that holds them is made if there is
 * none, and goes with them if nobody else has filters there by then. 0, or -errno with the place
 * that it was for (none: n), and nothing is left. To be called while the process has one thread.
 */
int clsact_attach(struct clsact *ret, const struct clsact_place *places, size_t n,
		  size_t *ret_place);
/* Why it was refused: "this kernel has no tc links, and ...". */
void clsact_explain(int r, const char *dev, char *ret, size_t size);
/* Returns when they are gone. */
void clsact_detach(struct clsact *c);

#endif
