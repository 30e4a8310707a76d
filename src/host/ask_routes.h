/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that routes and rules share. */
#ifndef WAYBILL_HOST_ASK_ROUTES_H
#define WAYBILL_HOST_ASK_ROUTES_H

#include "host/ask_core.h"

extern const struct attr_words route_types;
void route_put_type(json_t *to, const char *key, uint8_t type);
/* "table" and, for the three that have one, "table_name" */
void route_put_table(json_t *to, uint32_t table);

#endif
