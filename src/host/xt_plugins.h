/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libnftables prints what iptables-nft put into rules by iptables' plugins, which it opens by name.
 * Here those that this namespace's rules need are opened before a worker gives up its rights.
 */
#ifndef WAYBILL_HOST_XT_PLUGINS_H
#define WAYBILL_HOST_XT_PLUGINS_H

/* What can't be opened is left out: its text is then incomplete. */
void xt_plugins_open(void);

#endif
