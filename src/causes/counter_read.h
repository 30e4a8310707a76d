/* SPDX-License-Identifier: GPL-2.0-only */
/* A namespace's counters as a list of names and values, out of what the system's tools print. */
#ifndef WAYBILL_CAUSES_COUNTER_READ_H
#define WAYBILL_CAUSES_COUNTER_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/names.h"

struct counter {
	char name[96];
	uint64_t value;
};

struct counter_list {
	struct counter *counters;
	size_t n;
	bool unread; /* some of what is always there */
};

/* What was read in a namespace, at two times. */
struct counter_space {
	uint32_t inum;
	char name[64]; /* "" if it has none */
	struct counter_list before, after;
};

void counter_list_free(struct counter_list *l);
/* Adds all of the namespace; what can't be read is missing. */
void counter_list_read(struct counter_list *l, struct names *n, uint32_t inum);
/*
 * The sum of all whose name begins with prefix and ends with suffix; with no suffix prefix is the
 * whole name, unless it ends in a space. *ret_n: how many there are, *ret_name: the one whose value
 * differs from that in before.
 */
uint64_t counter_list_sum(const struct counter_list *l, const struct counter_list *before,
			  const char *prefix, const char *suffix, size_t *ret_n,
			  const char **ret_name);

#endif
