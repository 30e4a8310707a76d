/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A BPF program at a netfilter hook of the current network namespace that drops all IPv4 packets,
 * for some seconds. HOOK is the kernel's number: 0 prerouting, 1 input, 2 forward, 3 output.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of newer headers. */
#define PROG_TYPE_NETFILTER ((enum bpf_prog_type)32)
#define ATTACH_NETFILTER    ((enum bpf_attach_type)45)
#define NFPROTO_IPV4	    2

static int load(void)
{
	static const struct bpf_insn drop[] = {
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	union bpf_attr a = {.prog_type = PROG_TYPE_NETFILTER,
			    .expected_attach_type = ATTACH_NETFILTER,
			    .insns = (uintptr_t)drop,
			    .insn_cnt = 2,
			    .license = (uintptr_t) "GPL"};

	strcpy(a.prog_name, "drop_all");
	return syscall(SYS_bpf, BPF_PROG_LOAD, &a, sizeof(a));
}

static int attach(int prog, uint32_t hook)
{
	struct {
		uint32_t prog_fd, target_fd, attach_type, flags;
		uint32_t pf, hook;
		int32_t priority;
		uint32_t netfilter_flags;
		uint64_t room[4];
	} a = {.prog_fd = prog, .attach_type = ATTACH_NETFILTER, .pf = NFPROTO_IPV4, .hook = hook};

	return syscall(SYS_bpf, BPF_LINK_CREATE, &a, sizeof(a));
}

int main(int argc, char **argv)
{
	int prog;

	if (argc != 3) {
		fprintf(stderr, "nf_drop HOOK SECONDS\n");
		return 2;
	}
	prog = load();
	if (prog < 0 || attach(prog, atoi(argv[1])) < 0) {
		fprintf(stderr, "nf_drop: %s\n", strerror(errno));
		return 1;
	}
	usleep(atof(argv[2]) * 1e6);
	return 0;
}
