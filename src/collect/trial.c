/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One small trial for each feature: what is asked of the kernel later is asked of it once here, and
 * undone. What BTF and symbols tell is in kernel.c.
 */
#include "collect/trial.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/compat.h"

#define TRIAL_FUNCTION "ip_rcv" /* exists wherever there are packets */
#define LOOPBACK       1	/* its index in every namespace */

static const struct bpf_insn return_zero[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K},
	{.code = BPF_JMP | BPF_EXIT},
};
static const struct bpf_insn return_one[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1},
	{.code = BPF_JMP | BPF_EXIT},
};

static int load(enum bpf_prog_type type, enum bpf_attach_type attach, uint32_t btf_id,
		const struct bpf_insn *insns)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .expected_attach_type = attach, .attach_btf_id = btf_id);

	return bpf_prog_load(type, "waybill_try", "GPL", insns, 2, &o);
}

/* Takes back what was only tried. Returns 0, or the link's error. */
static int undo(int prog, int link)
{
	if (link >= 0)
		close(link);
	close(prog);
	return link < 0 ? link : 0;
}

static int try_fentry(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, TRIAL_FUNCTION, BTF_KIND_FUNC), prog;

	if (id < 0)
		return id;
	prog = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id, return_zero);
	if (prog < 0)
		return prog;
	return undo(prog, bpf_raw_tracepoint_open(NULL, prog));
}

static int try_tp_btf(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "btf_trace_kfree_skb", BTF_KIND_TYPEDEF), prog;

	if (id < 0)
		return id;
	prog = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id, return_zero);
	if (prog < 0)
		return prog;
	close(prog);
	return 0;
}

static int try_kprobe(const struct btf *btf)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	int type = 0, fd;

	(void)btf;
	if (!f)
		return -EOPNOTSUPP;
	if (fscanf(f, "%d", &type) != 1)
		type = 0;
	fclose(f);
	attr.type = type;
	attr.kprobe_func = (uintptr_t)TRIAL_FUNCTION;
	fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int try_kprobe_multi(const struct btf *btf)
{
	const char *syms[] = {TRIAL_FUNCTION};
	LIBBPF_OPTS(bpf_link_create_opts, o);
	int prog;

	(void)btf;
	prog = load(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0, return_zero);
	if (prog < 0)
		return prog;
	o.kprobe_multi.syms = syms;
	o.kprobe_multi.cnt = 1;
	return undo(prog, bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o));
}

/* Where a chain stands at the same priority already, the kernel knows such links, too. */
static int try_netfilter(const struct btf *btf)
{
	int prog, link;

	(void)btf;
	prog = load(COMPAT_PROG_TYPE_NETFILTER, COMPAT_ATTACH_NETFILTER, 0, return_one);
	if (prog < 0)
		return prog;
	link = compat_netfilter_link(prog, NFPROTO_IPV4, NF_INET_LOCAL_IN, 0);
	undo(prog, link);
	return link < 0 && link != -EBUSY ? link : 0;
}

/* With a program that leaves the verdict to the next. */
static int try_tcx(const struct btf *btf)
{
	static const struct bpf_insn next[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int prog = load(BPF_PROG_TYPE_SCHED_CLS, 0, 0, next);

	(void)btf;
	if (prog < 0)
		return prog;
	return undo(prog, compat_tcx_link(prog, LOOPBACK, true, false));
}

static int (*const trials[KERNEL_FEATURE_MAX])(const struct btf *btf) = {
	[KERNEL_TP_BTF] = try_tp_btf,
	[KERNEL_FENTRY] = try_fentry,
	[KERNEL_KPROBE] = try_kprobe,
	[KERNEL_KPROBE_MULTI] = try_kprobe_multi,
	[KERNEL_NETFILTER_LINK] = try_netfilter,
	[KERNEL_TCX] = try_tcx,
};

int trial(enum kernel_feature f, const struct btf *vmlinux)
{
	return trials[f](vmlinux);
}

const char *trial_refusal(int r)
{
	static const struct {
		int error;
		const char *text;
	} texts[] = {
		{EINVAL, "this kernel does not know it"},
		{EOPNOTSUPP, "this kernel is built without it"},
		{ENOENT, "this kernel is built without it"},
		{EPERM, "the kernel refuses it to this process"},
		{EACCES, "the kernel refuses it to this process"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].error == -r)
			return texts[i].text;
	return "the kernel refuses it";
}
