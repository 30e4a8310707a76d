/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nftables can say of a pcap-filter(7) expression: conditions that let at least everything
 * through that the expression matches. For --nft-trace, where the kernel's own filter can't run.
 */
#ifndef WAYBILL_FILTER_COARSE_H
#define WAYBILL_FILTER_COARSE_H

#include <stdbool.h>
#include <stddef.h>

#define COARSE_MAX 16

struct coarse {
	char *matches[COARSE_MAX]; /* one of them has to hold; owned, never NULL up to n */
	size_t n;
	bool all; /* every packet: the expression has no simpler form */
};

/* expr as it was compiled, "" or NULL: everything. 0 or -ENOMEM. coarse_clear() afterwards. */
int coarse_make(const char *expr, struct coarse *ret);
void coarse_clear(struct coarse *c);

#endif
