/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which functions /proc/kallsyms lists, and how often: what a kprobe can name. Their addresses, for
 * places in the kernel, are in host/symbols.h.
 */
#ifndef WAYBILL_COLLECT_LISTED_H
#define WAYBILL_COLLECT_LISTED_H

#include <stddef.h>

struct listed;

/*
 * Of a file of kallsyms' form, megabytes that are read at the first question; its path stays the
 * caller's. NULL: no memory.
 */
struct listed *listed_of(const char *path);
/* It will be asked: a thread reads the file from now on. */
void listed_begin(struct listed *l);
void listed_free(struct listed *l);

/* How often a function of exactly this name is listed. */
size_t listed_times(struct listed *l, const char *name);
/* The first "NAME.isra.0" or the like, l's own; NULL: none. */
const char *listed_variant(struct listed *l, const char *name);

#endif
