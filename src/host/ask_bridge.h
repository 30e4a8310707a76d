/* SPDX-License-Identifier: GPL-2.0-only */
/* A bridge's own settings and its ports', as parts of a link's message. */
#ifndef WAYBILL_HOST_ASK_BRIDGE_H
#define WAYBILL_HOST_ASK_BRIDGE_H

#include "host/ask_core.h"

extern const struct attr_table bridge_table;
void link_put_ethertype(json_t *to, const char *key, const struct nlattr *attr);

#endif
