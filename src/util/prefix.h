/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and the prefixes that hold them. */
#ifndef WAYBILL_UTIL_PREFIX_H
#define WAYBILL_UTIL_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The length of a prefix as text ("10.1.0.0/16", "10.1.0.1", "default") of IP version family (4 or
 * 6); -1: it is none, or of the other version.
 */
int prefix_length(const char *prefix, uint8_t family);
/* Does it hold the address (4 or 16 bytes)? */
bool prefix_holds(const char *prefix, uint8_t family, const uint8_t *addr);

#endif
