/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespaces of this machine that have a name or a process. */
#ifndef WAYBILL_HOST_ALL_NETNS_H
#define WAYBILL_HOST_ALL_NETNS_H

#include <stddef.h>
#include <stdint.h>

#include "host/names.h"

#define ALL_NETNS_MAX 4096

/* Their inode numbers, each once, those with a name first. Returns how many, at most max. */
size_t all_netns(struct names *n, uint32_t *ret, size_t max);
/* The same by this process itself, while it has the rights for it. */
size_t all_netns_seen(uint32_t *ret, size_t max);

#endif
