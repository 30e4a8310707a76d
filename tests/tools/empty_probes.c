/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Empty BPF programs at tracepoints, and with --netfilter first and last at every IPv4 hook of the
 * current network namespace: what a kernel takes for looking at a packet there at all, whoever
 * looks. Prints "ready" and stays until it is killed.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../src/collect/compat.h"
#include "../../include/waybill/hooks.h"

#define NFPROTO_IPV4 2
#define NF_ACCEPT    1

static int load(uint32_t type, uint32_t attach_type, int32_t ret)
{
	const struct bpf_insn insns[] = {
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, ret},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	union bpf_attr a = {.prog_type = type,
			    .expected_attach_type = attach_type,
			    .insns = (uintptr_t)insns,
			    .insn_cnt = sizeof(insns) / sizeof(*insns),
			    .license = (uintptr_t) "GPL"};

	strcpy(a.prog_name, "empty");
	return syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

static int at_hooks(void)
{
	int prog = load(COMPAT_PROG_TYPE_NETFILTER, COMPAT_ATTACH_NETFILTER, NF_ACCEPT), r = 0;

	for (uint32_t hook = 0; hook < NF_HOOKS && r >= 0; hook++) {
		r = compat_netfilter_link(prog, NFPROTO_IPV4, hook, NF_FIRST);
		if (r >= 0)
			r = compat_netfilter_link(prog, NFPROTO_IPV4, hook, NF_LAST);
	}
	return r < 0 ? r : 0;
}

/* A program of its own for each, as waybill has: they share no cache line. */
static int at_tracepoint(const char *name)
{
	union bpf_attr a = {
		.raw_tracepoint = {.name = (uintptr_t)name,
				   .prog_fd = load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0)}};

	return syscall(SYS_bpf, BPF_RAW_TRACEPOINT_OPEN, &a, sizeof(a)) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int r = strcmp(argv[i], "--netfilter") ? at_tracepoint(argv[i]) : at_hooks();

		if (r) {
			fprintf(stderr, "empty_probes: %s: %s\n", argv[i], strerror(-r));
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
