/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Asking another tool (tc, bridge, iptables-legacy-save) inside a namespace, bounded in time and
 * size.
 */
#ifndef WAYBILL_RESOLVE_CHILD_H
#define WAYBILL_RESOLVE_CHILD_H

#include <jansson.h>

#include "util/text.h"

/* Standard output of argv (NULL-terminated) run in the namespace netns_fd. 0 or -errno. */
int child_output(int netns_fd, const char *const argv[], struct text *out);
/* The same as JSON: a new reference, or NULL if it printed none. netns_fd < 0: nothing is asked. */
json_t *child_json(int netns_fd, const char *const argv[]);
/*
 * What a function answers in that namespace, in a process of its own that may hang or break. Never
 * NULL: an empty object if it did.
 */
json_t *child_answer(int netns_fd, int (*ask)(const json_t *args, json_t **ret));

#endif
