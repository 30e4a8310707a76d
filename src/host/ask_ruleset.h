/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What firewall stands in the network namespace of the calling thread. The answer holds the
 * kernel's own messages, so that whoever reads a recording judges anew; src/firewall/ reads them.
 */
#ifndef WAYBILL_HOST_ASK_RULESET_H
#define WAYBILL_HOST_ASK_RULESET_H

#include <jansson.h>

/*
 * {"generation": N, "tables": HEX, "chains": HEX, "rules": HEX, "sets": HEX, "elements": [HEX or
 * null, as the sets], "over": WHAT}: runs of netlink messages. A part that is absent could not be
 * read; over, if it is there, tells which limit was met. No nf_tables at all: {"generation": 0}
 * with empty parts. 0 or -errno; args is not looked at.
 */
int host_ask_ruleset(const json_t *args, json_t **ret);

/*
 * The tables of legacy iptables in the same namespace: {"ip": {TABLE: {"info": HEX, "entries":
 * HEX}}, "ip6": {...}}. A table that could not be read is null; a family that could not be is
 * absent. Asking makes no table come into being.
 */
int host_ask_legacy(const json_t *args, json_t **ret);

#endif
