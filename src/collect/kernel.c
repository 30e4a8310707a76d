/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel allows: BTF, symbols, and one small trial for each feature. */
#include "collect/kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/compat.h"

#define MODULES_MAX    256
#define TRIAL_FUNCTION "ip_rcv" /* exists wherever there are packets */

struct kernel {
	struct btf *btf;
	struct btf *modules[MODULES_MAX];
	size_t n_modules;
	char **symbols; /* sorted names of functions */
	size_t n_symbols;
	bool has[KERNEL_FEATURE_MAX];
	char why[KERNEL_FEATURE_MAX][80];
	struct utsname uts;
};

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

static int try_fentry(struct kernel *k)
{
	int id = btf__find_by_name_kind(k->btf, TRIAL_FUNCTION, BTF_KIND_FUNC), prog, link, r = 0;

	if (id < 0)
		return id;
	prog = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, id, return_zero);
	if (prog < 0)
		return prog;
	link = bpf_raw_tracepoint_open(NULL, prog);
	if (link < 0)
		r = link;
	else
		close(link);
	close(prog);
	return r;
}

static int try_tp_btf(struct kernel *k)
{
	int id = btf__find_by_name_kind(k->btf, "btf_trace_kfree_skb", BTF_KIND_TYPEDEF), prog;

	if (id < 0)
		return id;
	prog = load(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, id, return_zero);
	if (prog < 0)
		return prog;
	close(prog);
	return 0;
}

static int try_kprobe(struct kernel *k)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	FILE *f = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	int type = 0, fd;

	(void)k;
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

static int try_kprobe_multi(struct kernel *k)
{
	const char *syms[] = {TRIAL_FUNCTION};
	LIBBPF_OPTS(bpf_link_create_opts, o);
	int prog, link, r = 0;

	(void)k;
	prog = load(BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0, return_zero);
	if (prog < 0)
		return prog;
	o.kprobe_multi.syms = syms;
	o.kprobe_multi.cnt = 1;
	link = bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &o);
	if (link < 0)
		r = link;
	else
		close(link);
	close(prog);
	return r;
}

static int try_netfilter(struct kernel *k)
{
	int prog, link, r = 0;

	(void)k;
	prog = load(COMPAT_PROG_TYPE_NETFILTER, COMPAT_ATTACH_NETFILTER, 0, return_one);
	if (prog < 0)
		return prog;
	link = compat_netfilter_link(prog, 2 /* NFPROTO_IPV4 */, 1, 0);
	if (link < 0)
		r = link;
	else
		close(link);
	close(prog);
	return r;
}

/* At the loopback device, which is always there, with a program that leaves the verdict to the
 * next. */
static int try_tcx(struct kernel *k)
{
	static const struct bpf_insn next[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int prog = load(BPF_PROG_TYPE_SCHED_CLS, 0, 0, next), link, r = 0;

	(void)k;
	if (prog < 0)
		return prog;
	link = compat_tcx_link(prog, 1, true);
	if (link < 0)
		r = link;
	else
		close(link);
	close(prog);
	return r;
}

static const struct {
	const char *name;
	int (*try)(struct kernel *k);
} features[] = {
	[KERNEL_TP_BTF] = {"tp_btf", try_tp_btf},
	[KERNEL_FENTRY] = {"fentry", try_fentry},
	[KERNEL_KPROBE] = {"kprobe", try_kprobe},
	[KERNEL_KPROBE_MULTI] = {"kprobe.multi", try_kprobe_multi},
	[KERNEL_NETFILTER_LINK] = {"netfilter link", try_netfilter},
	[KERNEL_TCX] = {"tcx", try_tcx},
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_symbols(struct kernel *k)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	size_t room = 0;
	char line[512], name[256], type;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*x %c %255s", &type, name) != 2 || (type != 't' && type != 'T'))
			continue;
		if (k->n_symbols == room) {
			char **more;

			room = room ? 2 * room : 65536;
			more = realloc(k->symbols, room * sizeof(*more));
			if (!more)
				break;
			k->symbols = more;
		}
		k->symbols[k->n_symbols] = strdup(name);
		if (!k->symbols[k->n_symbols])
			break;
		k->n_symbols++;
	}
	fclose(f);
	qsort(k->symbols, k->n_symbols, sizeof(*k->symbols), compare);
	return 0;
}

static void read_modules(struct kernel *k)
{
	DIR *d = opendir("/sys/kernel/btf");
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d)) && k->n_modules < MODULES_MAX) {
		struct btf *b;

		if (e->d_name[0] == '.' || !strcmp(e->d_name, "vmlinux"))
			continue;
		b = btf__load_module_btf(e->d_name, k->btf);
		if (b)
			k->modules[k->n_modules++] = b;
	}
	closedir(d);
}

/* What an error of a trial means to the reader. */
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

int kernel_open(struct kernel **ret, char *err, size_t err_size)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	uname(&k->uts);
	k->btf = btf__load_vmlinux_btf();
	if (!k->btf) {
		snprintf(err, err_size,
			 "this kernel (%s) has no BTF (/sys/kernel/btf/vmlinux): waybill needs one "
			 "built with CONFIG_DEBUG_INFO_BTF",
			 k->uts.release);
		kernel_close(k);
		return -ENOENT;
	}
	read_modules(k);
	for (int i = 0; i < KERNEL_FEATURE_MAX; i++) {
		int r = features[i].try(k);

		k->has[i] = !r;
		if (r)
			snprintf(k->why[i], sizeof(k->why[i]), "%s: %s", refusal(r), strerror(-r));
	}
	if (k->has[KERNEL_KPROBE])
		read_symbols(k);
	*ret = k;
	return 0;
}

void kernel_settle(struct kernel *k)
{
	for (size_t i = 0; i < k->n_modules; i++)
		btf__free(k->modules[i]);
	k->n_modules = 0;
	for (size_t i = 0; i < k->n_symbols; i++)
		free(k->symbols[i]);
	free(k->symbols);
	k->symbols = NULL;
	k->n_symbols = 0;
	btf__free(k->btf);
	k->btf = NULL;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	kernel_settle(k);
	free(k);
}

uint64_t kernel_modules(void)
{
	FILE *f = fopen("/proc/modules", "re");
	uint64_t sum = 0, of_line;
	char name[128];

	while (f && fscanf(f, "%127s %*[^\n]", name) == 1) {
		of_line = 5381;
		for (const char *p = name; *p; p++)
			of_line = of_line * 33 + (unsigned char)*p;
		sum += of_line * of_line;
	}
	if (f)
		fclose(f);
	return sum;
}

bool kernel_has(const struct kernel *k, enum kernel_feature f)
{
	return k->has[f];
}

const char *kernel_why_not(const struct kernel *k, enum kernel_feature f)
{
	return k->why[f];
}

const char *kernel_feature_name(enum kernel_feature f)
{
	return features[f].name;
}

const char *kernel_release(const struct kernel *k)
{
	return k->uts.release;
}

int kernel_tracepoint_args(const struct kernel *k, const char *name)
{
	const struct btf_type *t;
	char type[128];
	int id;

	snprintf(type, sizeof(type), "btf_trace_%s", name);
	id = btf__find_by_name_kind(k->btf, type, BTF_KIND_TYPEDEF);
	if (id < 0)
		return -ENOENT;
	t = btf__type_by_id(k->btf, id);
	t = btf__type_by_id(k->btf, t->type); /* pointer */
	t = btf__type_by_id(k->btf,
			    t->type); /* prototype; its first argument is the kernel's own */
	return btf_is_func_proto(t) ? btf_vlen(t) - 1 : -ENOENT;
}

static const struct btf *btf_of_function(const struct kernel *k, const char *name, int *ret_id)
{
	*ret_id = btf__find_by_name_kind(k->btf, name, BTF_KIND_FUNC);
	if (*ret_id > 0)
		return k->btf;
	for (size_t i = 0; i < k->n_modules; i++) {
		*ret_id = btf__find_by_name_kind(k->modules[i], name, BTF_KIND_FUNC);
		if (*ret_id > 0)
			return k->modules[i];
	}
	return NULL;
}

int kernel_function_args(const struct kernel *k, const char *name)
{
	const struct btf *btf;
	int id;

	btf = btf_of_function(k, name, &id);
	if (!btf)
		return -ENOENT;
	return btf_vlen(btf__type_by_id(btf, btf__type_by_id(btf, id)->type));
}

int kernel_function_symbols(const struct kernel *k, const char *name)
{
	char **hit, **end = k->symbols + k->n_symbols, **p;
	int n = 0;

	if (!k->n_symbols)
		return 0;
	hit = bsearch(&name, k->symbols, k->n_symbols, sizeof(*k->symbols), compare);
	if (!hit)
		return 0;
	for (p = hit; p < end && !strcmp(*p, name); p++)
		n++;
	for (p = hit - 1; p >= k->symbols && !strcmp(*p, name); p--)
		n++;
	return n;
}

const char *kernel_function_variant(const struct kernel *k, const char *name)
{
	size_t low = 0, high = k->n_symbols, len = strlen(name);

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(k->symbols[mid], name) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == k->n_symbols || strncmp(k->symbols[low], name, len) ||
	    k->symbols[low][len] != '.')
		return NULL;
	return k->symbols[low];
}
