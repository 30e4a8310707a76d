/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One small trial for each feature: what is asked of the kernel later is asked of it once here, and
 * undone. A thread does it: the kernel takes its time with some. What BTF and symbols tell is in
 * kernel.c.
 */
#include "collect/trial.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/netfilter.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

struct trials {
	const struct btf *vmlinux;
	pthread_t thread;
	bool beside; /* the thread is there */
	pthread_mutex_t lock;
	pthread_cond_t another;
	size_t n_done;
	int result[KERNEL_FEATURE_MAX];
	char why[KERNEL_FEATURE_MAX][80];
	/* the kernel waits for all CPUs when a function's link is closed: after all trials */
	int links[KERNEL_FEATURE_MAX];
	size_t n_links;
};

/* Takes back what was only tried. Returns 0, or the link's error. */
static int undo(int prog, int link)
{
	if (link >= 0)
		close(link);
	close(prog);
	return link < 0 ? link : 0;
}

static int undo_later(struct trials *t, int prog, int link)
{
	close(prog);
	if (link < 0)
		return link;
	t->links[t->n_links++] = link;
	return 0;
}

static int try_fentry(struct trials *t)
{
	int id = btf__find_by_name_kind(t->vmlinux, TRIAL_FUNCTION, BTF_KIND_FUNC), prog;

	if (id < 0)
		return id;
	prog = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id, return_zero);
	if (prog < 0)
		return prog;
	return undo_later(t, prog, bpf_raw_tracepoint_open(NULL, prog));
}

static int try_tp_btf(struct trials *t)
{
	int id = btf__find_by_name_kind(t->vmlinux, "btf_trace_kfree_skb", BTF_KIND_TYPEDEF), prog;

	if (id < 0)
		return id;
	prog = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id, return_zero);
	if (prog < 0)
		return prog;
	close(prog);
	return 0;
}

static int try_kprobe(struct trials *t)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	FILE *f = fopen(KERNEL_KPROBES, "r");
	int type = 0, fd;

	(void)t;
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

static int try_kprobe_multi(struct trials *t)
{
	const char *syms[] = {TRIAL_FUNCTION};
	LIBBPF_OPTS(bpf_link_create_opts, o);
	int prog;

	prog = load(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0, return_zero);
	if (prog < 0)
		return prog;
	o.kprobe_multi.syms = syms;
	o.kprobe_multi.cnt = 1;
	return undo_later(t, prog, bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o));
}

/* Where a chain stands at the same priority already, the kernel knows such links, too. */
static int try_netfilter(struct trials *t)
{
	int prog, link;

	(void)t;
	prog = load(COMPAT_PROG_TYPE_NETFILTER, COMPAT_ATTACH_NETFILTER, 0, return_one);
	if (prog < 0)
		return prog;
	link = compat_netfilter_link(prog, NFPROTO_IPV4, NF_INET_LOCAL_IN, 0);
	undo(prog, link);
	return link < 0 && link != -EBUSY ? link : 0;
}

/* With a program that leaves the verdict to the next. */
static int try_tcx(struct trials *t)
{
	static const struct bpf_insn next[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int prog = load(BPF_PROG_TYPE_SCHED_CLS, 0, 0, next);

	(void)t;
	if (prog < 0)
		return prog;
	return undo(prog, compat_tcx_link(prog, LOOPBACK, true, false));
}

static int (*const rows[KERNEL_FEATURE_MAX])(struct trials *t) = {
	[KERNEL_TP_BTF] = try_tp_btf,
	[KERNEL_FENTRY] = try_fentry,
	[KERNEL_KPROBE] = try_kprobe,
	[KERNEL_KPROBE_MULTI] = try_kprobe_multi,
	[KERNEL_NETFILTER_LINK] = try_netfilter,
	[KERNEL_TCX] = try_tcx,
};

static const char *refusal(int r)
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

static void note(struct trials *t, enum kernel_feature f, int r)
{
	pthread_mutex_lock(&t->lock);
	t->result[f] = r;
	if (r)
		snprintf(t->why[f], sizeof(t->why[f]), "%s: %s", refusal(r), strerror(-r));
	t->n_done = f + 1;
	pthread_cond_signal(&t->another);
	pthread_mutex_unlock(&t->lock);
}

static void *try_all(void *arg)
{
	struct trials *t = arg;

	for (int f = 0; f < KERNEL_FEATURE_MAX; f++)
		note(t, f, rows[f](t));
	while (t->n_links)
		close(t->links[--t->n_links]);
	return NULL;
}

struct trials *trials_begin(const struct btf *vmlinux)
{
	struct trials *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->vmlinux = vmlinux;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->another, NULL);
	t->beside = !pthread_create(&t->thread, NULL, try_all, t);
	if (!t->beside)
		try_all(t);
	return t;
}

int trials_result(struct trials *t, enum kernel_feature f)
{
	int r;

	pthread_mutex_lock(&t->lock);
	while (t->n_done <= f)
		pthread_cond_wait(&t->another, &t->lock);
	r = t->result[f];
	pthread_mutex_unlock(&t->lock);
	return r;
}

const char *trials_why_not(struct trials *t, enum kernel_feature f)
{
	trials_result(t, f);
	return t->why[f];
}

void trials_settle(struct trials *t)
{
	if (t && t->beside)
		pthread_join(t->thread, NULL);
	if (t)
		t->beside = false;
}

void trials_free(struct trials *t)
{
	if (!t)
		return;
	trials_settle(t);
	pthread_cond_destroy(&t->another);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
