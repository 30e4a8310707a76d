/* SPDX-License-Identifier: GPL-2.0-only */
/* Extensions of iptables, as legacy tables and nftables' compat expressions carry them. */
#ifndef WAYBILL_FIREWALL_XT_H
#define WAYBILL_FIREWALL_XT_H

#include "firewall/packet_state.h"
#include "firewall/walk.h"

/* Names of what each rule of a legacy table has without an extension: addresses, devices, protocol.
 */
#define FW_XT_IP  "\001ip"
#define FW_XT_IP6 "\001ip6"

/* Does it match? One that is not understood: UNKNOWN. */
enum tri fw_xt_match(const struct fw_expr *e, const struct fw_state *s,
		     const struct fw_subject *of);
/* Is there a packet for which that says YES or NO? */
bool fw_xt_understood(const struct fw_expr *e);

/* Those that ask about the packet's connection. */
enum tri fw_xt_state(const void *info, const struct fw_state *s, const struct fw_subject *of);
enum tri fw_xt_conntrack(const void *info, const struct fw_state *s, const struct fw_subject *of);

/*
 * What a target does: YES: the packet goes on to the next rule, changed as it says; NO: it ends as
 * *ret_kind says; UNKNOWN: the one or the other.
 */
enum tri fw_xt_target(const struct fw_expr *e, struct fw_state *s, enum fw_kind *ret_kind);

/* The bits of a packet's mark that it may change. */
uint32_t fw_xt_target_marks(const struct fw_expr *e);

#endif
