/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that the routing input of IPv4 refuses whatever the routes are. */
#ifndef WAYBILL_CAUSES_MARTIAN_H
#define WAYBILL_CAUSES_MARTIAN_H

#include <stdint.h>

#include "waybill/event.h"

/*
 * The reason, by the kernel's name for it since 6.14, why ip_route_input_slow (5.10 to 7.2) takes a
 * packet with these addresses for a martian; NULL: it need not.
 */
const char *martian_reason(const struct wb_packet *p);

#endif
