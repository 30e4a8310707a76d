/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel's BTF, modules and symbols, and what the trials in trial.c came to. */
#include "collect/kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/core_btf.h"
#include "collect/listed.h"
#include "collect/targets.h"
#include "collect/trial.h"

#define MODULES_MAX	2048 /* more than any machine has loaded */
#define MODULE_NAME_MAX 64

struct kernel {
	struct btf *btf;
	struct btf *modules[MODULES_MAX];
	char module_names[MODULES_MAX][MODULE_NAME_MAX];
	int module_fds[MODULES_MAX]; /* -1: what is in it can't be attached to by its number */
	size_t n_modules;
	struct targets *targets;
	struct listed *listed; /* NULL: nothing that kprobes could name */
	struct trials *trials;
	struct utsname uts;
};

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
		if (!b)
			continue;
		snprintf(k->module_names[k->n_modules], MODULE_NAME_MAX, "%.63s", e->d_name);
		k->module_fds[k->n_modules] = -1;
		k->modules[k->n_modules++] = b;
	}
	closedir(d);
}

/* Keeps the descriptor if it is a module's that is known; else it is some program's. */
static void keep_fd(struct kernel *k, int fd)
{
	char name[MODULE_NAME_MAX] = "";
	struct bpf_btf_info info = {.name = (uintptr_t)name, .name_len = sizeof(name)};
	uint32_t size = sizeof(info);
	bool modules = !bpf_obj_get_info_by_fd(fd, &info, &size) && info.kernel_btf;

	for (size_t i = 0; i < k->n_modules && modules; i++) {
		if (k->module_fds[i] < 0 && !strcmp(k->module_names[i], name)) {
			k->module_fds[i] = fd;
			return;
		}
	}
	close(fd);
}

/* Takes CAP_SYS_ADMIN; without it modules' functions are none that fentry can name. */
static void read_module_fds(struct kernel *k)
{
	uint32_t id = 0;

	while (k->n_modules && !bpf_btf_get_next_id(id, &id)) {
		int fd = bpf_btf_get_fd_by_id(id);

		if (fd >= 0)
			keep_fd(k, fd);
	}
}

int kernel_open(struct kernel **ret, bool functions, char *err, size_t err_size)
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
	if (access(KERNEL_KPROBES, F_OK) == 0)
		k->listed = listed_of("/proc/kallsyms");
	if (k->listed && functions)
		listed_begin(k->listed);
	k->trials = trials_begin(k->btf);
	read_modules(k);
	read_module_fds(k);
	k->targets = targets_make(k->btf, k->modules, k->n_modules);
	if (!k->targets || !k->trials) {
		snprintf(err, err_size, "no memory for the kernel's type information");
		kernel_close(k);
		return -ENOMEM;
	}
	*ret = k;
	return 0;
}

int kernel_types(const struct kernel *k, const struct btf *local, int fd, uint32_t *hook_state)
{
	int id = btf__find_by_name_kind(k->btf, "nf_hook_state", BTF_KIND_STRUCT);

	*hook_state = id > 0 ? id : 0;
	return core_btf_make(fd, local, k->btf, k->modules, k->n_modules);
}

void kernel_settle(struct kernel *k)
{
	targets_free(k->targets);
	k->targets = NULL;
	for (size_t i = 0; i < k->n_modules; i++) {
		btf__free(k->modules[i]);
		if (k->module_fds[i] >= 0)
			close(k->module_fds[i]);
	}
	k->n_modules = 0;
	listed_free(k->listed);
	k->listed = NULL;
	trials_settle(k->trials);
	btf__free(k->btf);
	k->btf = NULL;
}

void kernel_close(struct kernel *k)
{
	if (!k)
		return;
	kernel_settle(k);
	trials_free(k->trials);
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
	return !trials_result(k->trials, f);
}

const char *kernel_why_not(const struct kernel *k, enum kernel_feature f)
{
	return trials_why_not(k->trials, f);
}

const char *kernel_feature_name(enum kernel_feature f)
{
	static const char *const names[] = {
#define X(id, name) [KERNEL_##id] = name,
		KERNEL_FEATURES(X)
#undef X
	};

	return names[f];
}

const char *kernel_release(const struct kernel *k)
{
	return k->uts.release;
}

int kernel_target(const struct kernel *k, const char *name, int *btf_fd)
{
	int module, id = targets_find(k->targets, name, &module);

	*btf_fd = 0;
	if (id > 0 && module >= 0) {
		*btf_fd = k->module_fds[module];
		if (*btf_fd < 0)
			id = -ENOENT;
	}
	return id;
}

int kernel_tracepoint_args(const struct kernel *k, const char *name)
{
	const struct btf_type *t;
	char type[128];
	int id, module;

	snprintf(type, sizeof(type), TARGETS_TRACEPOINT "%s", name);
	id = targets_find(k->targets, type, &module);
	if (id < 0 || module >= 0)
		return -ENOENT;
	t = btf__type_by_id(k->btf, id);
	t = btf__type_by_id(k->btf, t->type); /* pointer */
	t = btf__type_by_id(k->btf, t->type); /* prototype, its first argument the kernel's own */
	return btf_is_func_proto(t) ? btf_vlen(t) - 1 : -ENOENT;
}

int kernel_function_args(const struct kernel *k, const char *name)
{
	int module, id = targets_find(k->targets, name, &module);
	const struct btf *btf;

	if (id < 0 || (module >= 0 && k->module_fds[module] < 0))
		return -ENOENT;
	btf = module < 0 ? k->btf : k->modules[module];
	return btf_vlen(btf__type_by_id(btf, btf__type_by_id(btf, id)->type));
}

int kernel_function_symbols(const struct kernel *k, const char *name)
{
	return k->listed ? listed_times(k->listed, name) : 0;
}

const char *kernel_function_variant(const struct kernel *k, const char *name)
{
	return k->listed ? listed_variant(k->listed, name) : NULL;
}
