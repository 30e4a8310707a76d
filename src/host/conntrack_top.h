/* SPDX-License-Identifier: GPL-2.0-only */
/* Who fills a namespace's connection table. Whether it is full is decide_others.c's question. */
#ifndef WAYBILL_HOST_CONNTRACK_TOP_H
#define WAYBILL_HOST_CONNTRACK_TOP_H

#include "host/names.h"

struct conntrack_top {
	char source[48];  /* the address from which most connections came, "" if it is not known */
	uint32_t entries; /* how many of them are in the table */
};

/*
 * At most some seconds old, because the whole table is read; belongs to n, until it is asked again.
 */
const struct conntrack_top *conntrack_top(struct names *n, uint32_t inum);

#endif
