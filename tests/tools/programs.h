/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests' XDP, tc and cgroup programs share: is it UDP to a port? Not part of waybill. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define PORT 9000

static __always_inline bool is_udp_to(void *data, void *end, __u16 port)
{
	struct iphdr *ip = data + 14;
	__u8 *udp = data + 34;

	if ((void *)(udp + 8) > end || ip->protocol != IPPROTO_UDP || *(__u8 *)ip != 0x45)
		return false;
	return *(__u16 *)(udp + 2) == bpf_htons(port);
}

char LICENSE[] SEC("license") = "GPL";

#endif
