/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking up a key, of which not every bit may be known, in a set or a map. */
#ifndef WAYBILL_FIREWALL_LOOKUP_H
#define WAYBILL_FIREWALL_LOOKUP_H

#include "firewall/bits.h"
#include "firewall/firewall.h"

/* Each element that may be the one: m is YES if it certainly is. */
typedef void (*lookup_fn)(void *arg, const struct fw_elem *e, enum tri m);

/*
 * Is the key at at in b in the set? fn, which may be NULL, is told of the elements. *ret_cost: how
 * many were looked at. UNKNOWN without an element told: it may be one that is not known.
 */
enum tri fw_lookup(const struct fw_set *s, const struct bits *b, size_t at, lookup_fn fn, void *arg,
		   size_t *ret_cost);

#endif
