/* SPDX-License-Identifier: GPL-2.0-only */
/* What is told of a socket, for every probe that has one. */
#ifndef WAYBILL_SOCK_BPF_H
#define WAYBILL_SOCK_BPF_H

#include "packet.bpf.h"

/* btf: see RD(); twelve calls of a helper less. */
static __always_inline void fill_sock(struct wb_sock_body *b, struct sock *sk, const bool btf)
{
	__u16 family = RD(btf, sk, __sk_common.skc_family);

	b->sk = (__u64)sk;
	b->family = family;
	b->state = RD(btf, sk, __sk_common.skc_state);
	b->proto = RD(btf, sk, sk_protocol);
	b->rmem = RD(btf, sk, sk_backlog.rmem_alloc.counter);
	b->rcvbuf = RD(btf, sk, sk_rcvbuf);
	b->sport = RD(btf, sk, __sk_common.skc_num);
	b->dport = bpf_ntohs(RD(btf, sk, __sk_common.skc_dport));
	b->backlog = RD(btf, sk, sk_ack_backlog);
	b->backlog_max = RD(btf, sk, sk_max_ack_backlog);
	if (family == AF_INET) {
		*(__u32 *)b->saddr = RD(btf, sk, __sk_common.skc_rcv_saddr);
		*(__u32 *)b->daddr = RD(btf, sk, __sk_common.skc_daddr);
	} else if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&b->saddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&b->daddr, sk, __sk_common.skc_v6_daddr);
	}
	b->cookie = RD(btf, sk, __sk_common.skc_cookie.counter);
}

/*
 * The sequence number of the first byte that this TCP connection received: what the process has
 * read is told in bytes, packets have numbers.
 */
static __always_inline __u32 first_byte(struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;

	return BPF_CORE_READ(tcp, rcv_nxt) - (__u32)BPF_CORE_READ(tcp, bytes_received);
}

#endif
