/* SPDX-License-Identifier: GPL-2.0-only */
/* The running kernel's BTF, modules and symbols, and what the trials in trial.c came to. */
#include "collect/kernel.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "collect/trial.h"

#define MODULES_MAX 256

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
		int r = trial(i, k->btf);

		k->has[i] = !r;
		if (r)
			snprintf(k->why[i], sizeof(k->why[i]), "%s: %s", trial_refusal(r),
				 strerror(-r));
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
	t = btf__type_by_id(k->btf, t->type); /* prototype, its first argument the kernel's own */
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
