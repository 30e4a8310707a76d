/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told of a socket, for every probe that has one. */
#ifndef WAYBILL_SOCK_BPF_H
#define WAYBILL_SOCK_BPF_H

#include "packet.bpf.h"

static __always_inline void fill_sock(struct wb_sock_body *b, struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	b->sk = (__u64)sk;
	b->family = family;
	b->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	b->proto = BPF_CORE_READ(sk, sk_protocol);
	b->rmem = BPF_CORE_READ(sk, sk_backlog.rmem_alloc.counter);
	b->rcvbuf = BPF_CORE_READ(sk, sk_rcvbuf);
	b->sport = BPF_CORE_READ(sk, __sk_common.skc_num);
	b->dport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	b->backlog = BPF_CORE_READ(sk, sk_ack_backlog);
	b->backlog_max = BPF_CORE_READ(sk, sk_max_ack_backlog);
	if (family == AF_INET) {
		*(__u32 *)b->saddr = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
		*(__u32 *)b->daddr = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&b->saddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&b->daddr, sk, __sk_common.skc_v6_daddr);
	}
	b->cookie = BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);
}

#endif
