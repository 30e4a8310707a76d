/* SPDX-License-Identifier: GPL-2.0-only */
/* What kind of address one is to a namespace: its own, that of a whole network, another host's. */
#ifndef WAYBILL_HOST_ADDRESS_TYPE_H
#define WAYBILL_HOST_ADDRESS_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "host/names.h"

/*
 * Of an IPv4 address in network order: the kinds that it may be of, 1 << RTN_*, as rules that ask
 * without a device are told (inet_dev_addr_type(), 5.10 to 7.2). 0: it can't be known.
 */
uint16_t address_types(struct names *n, uint32_t inum, const uint8_t addr[4]);
/* May it be that of a whole network, or of a group? */
bool address_is_for_many(struct names *n, uint32_t inum, const uint8_t addr[4]);

#endif
