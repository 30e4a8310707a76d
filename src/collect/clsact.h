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

/*
 * A filter at each side of a device of the current namespace, before all others. The qdisc that
 * holds them is made if there is none, and goes with them if nobody else has filters there by then.
 * 0, or -errno with a sentence in err, and nothing is left. dev is only for that sentence. To be
 * called while the process has one thread.
 */
int clsact_attach(struct clsact *ret, int in_fd, int out_fd, uint32_t ifindex, const char *dev,
		  char *err, size_t size);
/* Returns when they are gone. */
void clsact_detach(struct clsact *c);

#endif
