/* SPDX-License-Identifier: GPL-2.0-only */
/* Is an address that of all the hosts of a network? The packet does not say, its namespace does. */
#ifndef WAYBILL_HOST_BROADCAST_H
#define WAYBILL_HOST_BROADCAST_H

#include <stdbool.h>
#include <stdint.h>

#include "host/names.h"

/* An IPv4 address in network order; false also if the namespace can't be asked. */
bool broadcast_address(struct names *n, uint32_t inum, const uint8_t addr[4]);
/* Of which device's network: its name to ret. False: of none, or it can't be asked. */
bool broadcast_device(struct names *n, uint32_t inum, const uint8_t addr[4], char *ret,
		      size_t size);

#endif
