/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nftables sets to which rules add elements, and how many each has: what a packet adds stays,
 * because nobody can tell it from what another packet added, so it is said.
 */
#ifndef WAYBILL_SEND_GROUND_SETS_H
#define WAYBILL_SEND_GROUND_SETS_H

#include <stddef.h>
#include <stdint.h>

#define GROUND_NAME_MAX 257 /* of a table, a set: any bytes but 0 */

struct mnl_socket;

struct ground_set {
	uint8_t family; /* NFPROTO_* */
	char table[GROUND_NAME_MAX], name[GROUND_NAME_MAX];
	uint32_t n; /* elements */
};

struct ground_sets {
	struct ground_set *rows; /* owned */
	size_t n;
	uint32_t n_more; /* that are not counted, because they are so many */
};

/*
 * Those of the namespace of s (of NETLINK_NETFILTER). 0 or -errno; without nf_tables there are
 * none. ret is to be cleared in any case.
 */
int ground_sets_read(struct mnl_socket *s, struct ground_sets *ret);
/* The first that has more elements than before. NULL: none. */
const struct ground_set *ground_sets_grown(const struct ground_sets *before,
					   const struct ground_sets *after);
void ground_sets_clear(struct ground_sets *sets);

#endif
