/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a command while the kernel measures the run time of BPF programs; no sysctl is touched.
 * With --floor also the least that tracing a packet can cost: one program at netif_receive_skb that
 * sends one ring buffer record of 64 bytes. Its mean run time in ns is printed at the command's
 * end.
 */
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load_floor(void)
{
	union bpf_attr m = {.map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 1 << 24};
	int ring = bpf(BPF_MAP_CREATE, &m);
	const struct bpf_insn insns[] = {
		{BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, ring},
		{0},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 64},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 0},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_reserve},
		{BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 4, 0},
		{BPF_ST | BPF_MEM | BPF_DW, BPF_REG_0, 0, 0, 1},
		{BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_0, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, BPF_RB_NO_WAKEUP},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_submit},
		{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	union bpf_attr p = {.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
			    .insns = (uintptr_t)insns,
			    .insn_cnt = sizeof(insns) / sizeof(*insns),
			    .license = (uintptr_t) "GPL"};
	union bpf_attr t = {.raw_tracepoint = {.name = (uintptr_t) "netif_receive_skb"}};
	int prog = bpf(BPF_PROG_LOAD, &p);

	t.raw_tracepoint.prog_fd = prog;
	return prog < 0 || bpf(BPF_RAW_TRACEPOINT_OPEN, &t) < 0 ? -1 : prog;
}

static int run_with_floor(char **argv)
{
	struct bpf_prog_info info = {0};
	union bpf_attr i = {.info = {.info_len = sizeof(info), .info = (uintptr_t)&info}};
	int prog = load_floor(), status = 1;
	pid_t pid;

	if (prog < 0) {
		perror("bpf_stats --floor");
		return 1;
	}
	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	i.info.bpf_fd = prog;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &i))
		return 1;
	printf("%.1f\n", info.run_cnt ? (double)info.run_time_ns / info.run_cnt : 0);
	return status ? 1 : 0;
}

int main(int argc, char **argv)
{
	union bpf_attr a = {.enable_stats.type = BPF_STATS_RUN_TIME};

	/* the copy of the descriptor is inherited: the measuring lasts as long as the command */
	if (argc < 2 || dup(bpf(BPF_ENABLE_STATS, &a)) < 0) {
		perror("bpf_stats [--floor] COMMAND: BPF_ENABLE_STATS");
		return 1;
	}
	if (argc > 2 && !strcmp(argv[1], "--floor"))
		return run_with_floor(argv + 2);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
