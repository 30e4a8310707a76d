/* SPDX-License-Identifier: GPL-2.0-only */
/* What -N names: a namespace's name, path, pid or inode number, as its inode number. */
#ifndef WAYBILL_CMD_NETNS_H
#define WAYBILL_CMD_NETNS_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/options.h"
#include "host/names.h"

/* 0, or -ENOENT. */
int netns_parse(const char *text, uint32_t *ret_inum);
/*
 * What netns_parse() takes becomes the network namespace of this thread, and of the processes that
 * it starts from now on. 0, -ENOENT or -errno.
 */
int netns_enter(const char *text);
/* All that -N named, into WORDS_MAX places. An exit code, after one line on standard error. */
int netns_parse_all(const struct words *words, uint32_t *ret);
/*
 * Is there such an interface in one of these namespaces (as netns_parse_all() gave them), or at
 * all? true also if there are too many namespaces to look into each.
 */
bool netns_has_interface(struct names *names, const struct words *words, const uint32_t *netns,
			 const char *interface);

#endif
