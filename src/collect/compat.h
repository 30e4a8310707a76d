/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that are newer than libbpf 1.1: netfilter and TCX links, by bpf(2) itself. One static
 * inline each; nothing else talks to bpf(2) directly.
 */
#ifndef WAYBILL_COLLECT_COMPAT_H
#define WAYBILL_COLLECT_COMPAT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMPAT_PROG_TYPE_NETFILTER 32
#define COMPAT_ATTACH_NETFILTER 45
#define COMPAT_ATTACH_TCX_INGRESS 46
#define COMPAT_ATTACH_TCX_EGRESS 47
#define COMPAT_LINK_CREATE 28
#define COMPAT_BEFORE	   (1U << 3) /* without a name: all of them */

/* A netfilter link in the current network namespace. Returns a file descriptor or -errno. */
static inline int compat_netfilter_link(int prog_fd, uint32_t pf, uint32_t hook, int32_t priority)
{
	struct {
		uint32_t prog_fd, target_fd, attach_type, flags;
		uint32_t pf, hooknum;
		int32_t priority;
		uint32_t nf_flags;
		uint8_t rest[32];
	} attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_fd = prog_fd;
	attr.attach_type = COMPAT_ATTACH_NETFILTER;
	attr.pf = pf;
	attr.hooknum = hook;
	attr.priority = priority;
	fd = syscall(SYS_bpf, COMPAT_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

/* A TCX link at a device of the current network namespace, before all others or after them. */
static inline int compat_tcx_link(int prog_fd, uint32_t ifindex, bool ingress, bool first)
{
	struct {
		uint32_t prog_fd, ifindex, attach_type, flags;
		uint32_t relative, pad;
		uint64_t revision;
		uint8_t rest[24];
	} attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_fd = prog_fd;
	attr.ifindex = ifindex;
	attr.attach_type = ingress ? COMPAT_ATTACH_TCX_INGRESS : COMPAT_ATTACH_TCX_EGRESS;
	attr.flags = first ? COMPAT_BEFORE : 0;
	fd = syscall(SYS_bpf, COMPAT_LINK_CREATE, &attr, sizeof(attr));
	return fd < 0 ? -errno : fd;
}

#endif
