/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A BPF program behind all others at LOCAL_IN where there are no netfilter links: the condition of
 * a rule that drops, in nftables tables that belong to a socket and go with it.
 */
#ifndef WAYBILL_COLLECT_OWNED_TABLE_H
#define WAYBILL_COLLECT_OWNED_TABLE_H

/*
 * In the current network namespace, for IPv4 and IPv6; prog_fd: of type SOCKET_FILTER, it returns 1
 * for what is to be dropped. Returns the socket, which the caller closes, or -errno (-EOPNOTSUPP,
 * -EINVAL: before 5.12, or a part of nftables is not there).
 */
int owned_table_drop(int prog_fd);

#endif
