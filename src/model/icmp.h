/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an ICMP message says, by type and code. What its sender's peer makes of it: causes/sender.h.
 */
#ifndef WAYBILL_MODEL_ICMP_H
#define WAYBILL_MODEL_ICMP_H

#include <stdbool.h>

#include "waybill/event.h"

/* In words, static; NULL: no ICMP message, or one without a name. */
const char *icmp_name(const struct wb_packet *p);
const char *icmp_error_name(const struct wb_icmp_body *i);

/* Does it tell its receiver what became of a packet of his? Redirects don't. */
bool icmp_is_error(const struct wb_packet *p);

#endif
