/* SPDX-License-Identifier: GPL-2.0-only */
/* Who has a network namespace, of which only the inode number is known. */
#ifndef WAYBILL_RESOLVE_FIND_NETNS_H
#define WAYBILL_RESOLVE_FIND_NETNS_H

#include <stdbool.h>
#include <stdint.h>

struct found_netns {
	char name[64];	/* the one that ip gave it, else "pid 12 (comm)" */
	char path[128]; /* where it can be entered; "" if that is too long */
};

/* False: nobody has it, or nobody that may be looked at. */
bool find_netns(uint32_t inum, struct found_netns *ret);
/* Is it there still? */
bool find_netns_at(const char *path, uint32_t inum);

#endif
