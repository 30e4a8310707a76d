/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of namespaces, devices, kernel symbols and drop reasons. */
#include "resolve/names.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <uthash.h>

#include "resolve/fact.h"

/* An answer is asked for again when it is older; one that was no answer, a bit later. */
#define FRESH_MS   1000
#define NOTHING_MS 4000

/*
 * A namespace is remembered by where it can be entered, not by an open file: an open file would
 * keep it and its devices alive after everybody else has gone. So its number may come to mean
 * another.
 */
struct netns {
	uint32_t inum;
	int fd; /* only while questions are asked, see names_release() */
	char path[128];
	uint64_t asked_ms;
	char name[64];
	UT_hash_handle hh;
};

struct device {
	struct {
		uint32_t inum, ifindex;
	} key;
	uint64_t asked_ms;
	char name[IF_NAMESIZE];
	UT_hash_handle hh;
};

struct symbol {
	uint64_t address;
	char *name;
};

#define REASON_SUBSYSTEM_SHIFT 16

struct names {
	struct netns *netns;
	struct device *devices;
	struct symbol *symbols;
	size_t n_symbols;
	struct btf *btf;
	bool btf_tried;
	int reason_enum; /* its id in btf, searched once */
	int own_fd;
	uint32_t own_inum;
	struct facts *facts;
	bool offline;
	char reason[48]; /* the last one asked for, where it lives nowhere else */
};

void names_use_facts(struct names *n, struct facts *f, bool offline)
{
	n->facts = f;
	n->offline = offline;
}

struct facts *names_facts(struct names *n)
{
	return n->facts;
}

bool names_offline(const struct names *n)
{
	return n->offline;
}

int names_new(struct names **ret)
{
	struct names *n = calloc(1, sizeof(*n));
	struct stat st;

	if (!n)
		return -ENOMEM;
	n->own_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (n->own_fd >= 0 && !fstat(n->own_fd, &st))
		n->own_inum = st.st_ino;
	*ret = n;
	return 0;
}

void names_free(struct names *n)
{
	struct netns *ns, *ns_tmp;
	struct device *d, *d_tmp;

	if (!n)
		return;
	HASH_ITER(hh, n->netns, ns, ns_tmp)
	{
		HASH_DEL(n->netns, ns);
		if (ns->fd >= 0)
			close(ns->fd);
		free(ns);
	}
	HASH_ITER(hh, n->devices, d, d_tmp)
	{
		HASH_DEL(n->devices, d);
		free(d);
	}
	for (size_t i = 0; i < n->n_symbols; i++)
		free(n->symbols[i].name);
	free(n->symbols);
	btf__free(n->btf);
	close(n->own_fd);
	free(n);
}

static int open_if(const char *path, uint32_t inum)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, &st) || st.st_ino != inum)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool by_name(struct netns *ns)
{
	DIR *d = opendir("/run/netns");
	struct dirent *e;
	char path[PATH_MAX];

	while (d && ns->fd < 0 && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/run/netns/%s", e->d_name);
		ns->fd = open_if(path, ns->inum);
		if (ns->fd < 0)
			continue;
		snprintf(ns->name, sizeof(ns->name), "%.63s", e->d_name);
		if (strlen(path) < sizeof(ns->path))
			memcpy(ns->path, path, strlen(path) + 1);
	}
	if (d)
		closedir(d);
	return ns->fd >= 0;
}

static void by_process(struct netns *ns)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && ns->fd < 0 && (e = readdir(d))) {
		char path[PATH_MAX], comm[17] = "";
		FILE *f;

		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/ns/net", e->d_name);
		ns->fd = open_if(path, ns->inum);
		if (ns->fd < 0)
			continue;
		snprintf(ns->path, sizeof(ns->path), "%.127s", path);
		snprintf(path, sizeof(path), "/proc/%s/comm", e->d_name);
		f = fopen(path, "re");
		if (f) {
			if (fscanf(f, "%16[^\n]", comm) != 1)
				comm[0] = 0;
			fclose(f);
		}
		snprintf(ns->name, sizeof(ns->name), "pid %.10s (%s)", e->d_name, comm);
	}
	if (d)
		closedir(d);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_fresh(uint64_t asked_ms, bool answered, uint64_t now)
{
	return now - asked_ms < (answered ? FRESH_MS : NOTHING_MS);
}

static void close_netns(struct netns *ns)
{
	if (ns->fd >= 0)
		close(ns->fd);
	ns->fd = -1;
}

/* Nobody has it any more: the last name is kept for the journeys that are still to be printed. */
static void ask_netns(struct names *n, struct netns *ns)
{
	struct stat st;

	ns->asked_ms = now_ms();
	if (ns->inum == n->own_inum) {
		snprintf(ns->name, sizeof(ns->name), "host");
		snprintf(ns->path, sizeof(ns->path), "/proc/self/ns/net");
		return;
	}
	if (ns->path[0] && !stat(ns->path, &st) && st.st_ino == ns->inum)
		return;
	ns->path[0] = 0;
	close_netns(ns);
	if (!by_name(ns))
		by_process(ns);
	close_netns(ns);
}

static struct netns *netns_of(struct names *n, uint32_t inum)
{
	struct netns *ns;
	char before[sizeof(ns->name)];

	HASH_FIND(hh, n->netns, &inum, sizeof(inum), ns);
	if (ns && (n->offline || is_fresh(ns->asked_ms, ns->path[0], now_ms())))
		return ns;
	if (!ns) {
		ns = calloc(1, sizeof(*ns));
		if (!ns)
			return NULL;
		ns->inum = inum;
		ns->fd = -1;
		HASH_ADD(hh, n->netns, inum, sizeof(ns->inum), ns);
		if (n->offline)
			fact_get_string(n->facts, ns->name, sizeof(ns->name), "netns/%u", inum);
	}
	if (n->offline)
		return ns;
	snprintf(before, sizeof(before), "%s", ns->name);
	ask_netns(n, ns);
	if (n->facts && (strcmp(before, ns->name) || !ns->name[0]))
		fact_put_string(n->facts, ns->name, "netns/%u", inum);
	return ns;
}

const char *names_netns(struct names *n, uint32_t inum)
{
	struct netns *ns = inum ? netns_of(n, inum) : NULL;

	return ns ? ns->name : "";
}

int names_netns_fd(struct names *n, uint32_t inum)
{
	struct netns *ns = inum && !n->offline ? netns_of(n, inum) : NULL;

	if (!ns)
		return -1;
	if (inum == n->own_inum)
		return n->own_fd;
	if (ns->fd < 0 && ns->path[0])
		ns->fd = open_if(ns->path, inum);
	return ns->fd;
}

void names_release(struct names *n)
{
	struct netns *ns, *tmp;

	HASH_ITER(hh, n->netns, ns, tmp)
	close_netns(ns);
}

int names_inside(struct names *n, uint32_t inum, int (*fn)(void *arg), void *arg)
{
	int fd = names_netns_fd(n, inum), r;

	if (fd < 0)
		return -ESRCH;
	if (inum == n->own_inum)
		return fn(arg);
	if (setns(fd, CLONE_NEWNET))
		return -errno;
	r = fn(arg);
	if (setns(n->own_fd, CLONE_NEWNET))
		abort(); /* every later answer would be about the wrong namespace */
	return r;
}

static int ask_device(void *arg)
{
	struct device *d = arg;
	char name[IF_NAMESIZE];

	/* one that is gone keeps its last name */
	if (if_indextoname(d->key.ifindex, name))
		memcpy(d->name, name, sizeof(d->name));
	return 0;
}

const char *names_device(struct names *n, uint32_t inum, uint32_t ifindex)
{
	struct device *d, key = {.key = {inum, ifindex}};
	char before[IF_NAMESIZE];

	if (!ifindex || !inum)
		return "";
	HASH_FIND(hh, n->devices, &key.key, sizeof(key.key), d);
	if (d && (n->offline || is_fresh(d->asked_ms, d->name[0], now_ms())))
		return d->name;
	if (!d) {
		d = calloc(1, sizeof(*d));
		if (!d)
			return "";
		d->key = key.key;
		HASH_ADD(hh, n->devices, key, sizeof(d->key), d);
		if (n->offline)
			fact_get_string(n->facts, d->name, sizeof(d->name), "dev/%u/%u", inum,
					ifindex);
	}
	if (n->offline)
		return d->name;
	memcpy(before, d->name, sizeof(before));
	d->asked_ms = now_ms();
	names_inside(n, inum, ask_device, d);
	if (n->facts && (strcmp(before, d->name) || !d->name[0]))
		fact_put_string(n->facts, d->name, "dev/%u/%u", inum, ifindex);
	return d->name;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void load_symbols(struct names *n)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	size_t room = 0;
	char line[512], name[256], type;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %c %255s", &address, &type, name) != 3 ||
		    !strchr("tTwW", type) || !address)
			continue;
		if (n->n_symbols == room) {
			struct symbol *more;

			room = room ? 2 * room : 131072;
			more = realloc(n->symbols, room * sizeof(*more));
			if (!more)
				break;
			n->symbols = more;
		}
		n->symbols[n->n_symbols++] = (struct symbol){address, strdup(name)};
	}
	if (f)
		fclose(f);
	qsort(n->symbols, n->n_symbols, sizeof(*n->symbols), by_address);
}

const char *names_symbol(struct names *n, uint64_t address, uint32_t *ret_offset)
{
	size_t low = 0, high;

	*ret_offset = 0;
	if (!address)
		return "";
	if (n->offline)
		return fact_get_symbol(n->facts, address, ret_offset);
	if (!n->symbols)
		load_symbols(n);
	high = n->n_symbols;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (n->symbols[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || !n->symbols[low - 1].name)
		return "";
	*ret_offset = address - n->symbols[low - 1].address;
	if (n->facts)
		fact_put_symbol(n->facts, address, n->symbols[low - 1].name, *ret_offset);
	return n->symbols[low - 1].name;
}

/* The name of a value in an enum of the BTF whose name ends so; base types are not searched. */
static const char *enum_value(const struct btf *btf, __u32 first, const char *ending,
			      uint32_t value)
{
	for (__u32 id = first; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf_is_enum(t) ? btf__name_by_offset(btf, t->name_off) : "";
		size_t n = strlen(name), k = strlen(ending);

		if (n < k || strcmp(name + n - k, ending))
			continue;
		for (int i = 0; i < btf_vlen(t); i++)
			if ((uint32_t)btf_enum(t)[i].val == value)
				return btf__name_by_offset(btf, btf_enum(t)[i].name_off);
	}
	return "";
}

static const char *without(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) ? name : name + n;
}

/* Reasons of a subsystem stand in an enum of its own, mostly in a module. */
static const char *subsystem_reason(struct names *n, uint32_t reason)
{
	static const char *const modules[] = {"openvswitch", "mac80211"};
	const char *name = enum_value(n->btf, 1, "_drop_reason", reason);
	uint32_t subsystem = reason >> REASON_SUBSYSTEM_SHIFT;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]) && !name[0]; i++) {
		struct btf *btf = btf__load_module_btf(modules[i], n->btf);

		name = enum_value(btf, btf__type_cnt(n->btf), "_drop_reason", reason);
		snprintf(n->reason, sizeof(n->reason), "%s", name);
		btf__free(btf);
		name = n->reason;
	}
	if (name[0])
		return name;
	name = enum_value(n->btf, 1, "skb_drop_reason_subsys", subsystem);
	snprintf(n->reason, sizeof(n->reason), "%.36s_%u",
		 without(name[0] ? name : "SUBSYSTEM", "SKB_DROP_REASON_SUBSYS_"),
		 reason & ((1U << REASON_SUBSYSTEM_SHIFT) - 1));
	return n->reason;
}

static const char *ask_reason(struct names *n, uint32_t reason)
{
	const struct btf_type *t;

	if (!n->btf_tried) {
		n->btf_tried = true;
		n->btf = btf__load_vmlinux_btf();
		if (libbpf_get_error(n->btf))
			n->btf = NULL;
		if (n->btf)
			n->reason_enum =
				btf__find_by_name_kind(n->btf, "skb_drop_reason", BTF_KIND_ENUM);
	}
	if (!n->btf)
		return "";
	if (reason >> REASON_SUBSYSTEM_SHIFT)
		return subsystem_reason(n, reason);
	if (n->reason_enum <= 0)
		return "";
	t = btf__type_by_id(n->btf, n->reason_enum);
	for (int i = 0; i < btf_vlen(t); i++)
		if ((uint32_t)btf_enum(t)[i].val == reason)
			return without(btf__name_by_offset(n->btf, btf_enum(t)[i].name_off),
				       "SKB_DROP_REASON_");
	return "";
}

const char *names_reason(struct names *n, uint32_t reason)
{
	const char *name;

	if (reason == ~0U)
		return "";
	if (n->offline) {
		fact_get_string(n->facts, n->reason, sizeof(n->reason), "reason/%u", reason);
		return n->reason;
	}
	name = ask_reason(n, reason);
	if (n->facts)
		fact_put_string(n->facts, name, "reason/%u", reason);
	return name;
}
