/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a network namespace can be found, and what it is called: by its inode number. */
#ifndef WAYBILL_HOST_FIND_NETNS_H
#define WAYBILL_HOST_FIND_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "host/host.h"

/* Is it still there? */
bool find_netns_at(const char *path, uint32_t inum);
bool find_netns(uint32_t inum, struct host_netns *ret);

#endif
