/* SPDX-License-Identifier: GPL-2.0-only */
/* What a neighbour's message and an FDB entry's have in common. */
#ifndef WAYBILL_HOST_ASK_NEIGHBOURS_H
#define WAYBILL_HOST_ASK_NEIGHBOURS_H

#include "host/ask_core.h"

json_t *neighbour_flags(uint8_t bits);
/* NDA_CACHEINFO: times in seconds */
void neighbour_put_cache(struct ask *a, json_t *to, const struct nlattr *attr);

#endif
