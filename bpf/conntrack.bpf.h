/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet carries of connection tracking. */
#ifndef WAYBILL_CONNTRACK_BPF_H
#define WAYBILL_CONNTRACK_BPF_H

#include "packet.bpf.h"

#define NFCT_INFO_BITS 7UL /* the lowest bits of skb->_nfct are enum ip_conntrack_info */

static __always_inline void read_ct(struct wb_ct *ct, struct sk_buff *skb, const bool btf)
{
	unsigned long nfct = RD(btf, skb, _nfct);
	struct nf_conn *conn = (void *)(nfct & ~NFCT_INFO_BITS);

	ct->info = nfct & NFCT_INFO_BITS;
	if (!conn)
		return;
	ct->has = 1;
	ct->zone = BPF_CORE_READ(conn, zone.id);
	ct->status = BPF_CORE_READ(conn, status);
	if (bpf_core_field_exists(conn->mark))
		ct->mark = BPF_CORE_READ(conn, mark);
}

#endif
