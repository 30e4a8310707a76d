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
#include <unistd.h>
#include <uthash.h>

#include "resolve/fact.h"

struct netns {
	uint32_t inum;
	int fd;
	char name[64];
	UT_hash_handle hh;
};

struct device {
	struct {
		uint32_t inum, ifindex;
	} key;
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
	int own_fd;
	uint32_t own_inum;
	struct facts *facts;
	bool offline;
	char reason[48]; /* offline: the last one asked for */
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
	HASH_ITER(hh, n->netns, ns, ns_tmp) {
		HASH_DEL(n->netns, ns);
		if (ns->fd >= 0)
			close(ns->fd);
		free(ns);
	}
	HASH_ITER(hh, n->devices, d, d_tmp) {
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
		if (ns->fd >= 0)
			snprintf(ns->name, sizeof(ns->name), "%.63s", e->d_name);
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

static void ask_netns(struct names *n, struct netns *ns)
{
	if (ns->inum == n->own_inum) {
		ns->fd = dup(n->own_fd);
		snprintf(ns->name, sizeof(ns->name), "host");
	}
	if (!by_name(ns))
		by_process(ns);
}

static struct netns *netns_of(struct names *n, uint32_t inum)
{
	struct netns *ns;

	HASH_FIND(hh, n->netns, &inum, sizeof(inum), ns);
	if (ns)
		return ns;
	ns = calloc(1, sizeof(*ns));
	if (!ns)
		return NULL;
	ns->inum = inum;
	ns->fd = -1;
	if (n->offline)
		fact_get_string(n->facts, ns->name, sizeof(ns->name), "netns/%u", inum);
	else
		ask_netns(n, ns);
	if (n->facts && !n->offline)
		fact_put_string(n->facts, ns->name, "netns/%u", inum);
	HASH_ADD(hh, n->netns, inum, sizeof(ns->inum), ns);
	return ns;
}

const char *names_netns(struct names *n, uint32_t inum)
{
	struct netns *ns = inum ? netns_of(n, inum) : NULL;

	return ns ? ns->name : "";
}

int names_netns_fd(struct names *n, uint32_t inum)
{
	struct netns *ns = inum ? netns_of(n, inum) : NULL;

	return ns ? ns->fd : -1;
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

	if (!if_indextoname(d->key.ifindex, d->name))
		d->name[0] = 0;
	return 0;
}

const char *names_device(struct names *n, uint32_t inum, uint32_t ifindex)
{
	struct device *d, key = {.key = {inum, ifindex}};

	if (!ifindex || !inum)
		return "";
	HASH_FIND(hh, n->devices, &key.key, sizeof(key.key), d);
	if (d)
		return d->name;
	d = calloc(1, sizeof(*d));
	if (!d)
		return "";
	d->key = key.key;
	if (n->offline)
		fact_get_string(n->facts, d->name, sizeof(d->name), "dev/%u/%u", inum, ifindex);
	else
		names_inside(n, inum, ask_device, d);
	if (n->facts && !n->offline)
		fact_put_string(n->facts, d->name, "dev/%u/%u", inum, ifindex);
	HASH_ADD(hh, n->devices, key, sizeof(d->key), d);
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

static const char *ask_reason(struct names *n, uint32_t reason)
{
	static const char prefix[] = "SKB_DROP_REASON_";
	const struct btf_type *t;
	const struct btf_enum *e;
	int id;

	if (!n->btf_tried)
		n->btf = btf__load_vmlinux_btf();
	n->btf_tried = true;
	id = n->btf ? btf__find_by_name_kind(n->btf, "skb_drop_reason", BTF_KIND_ENUM) : -1;
	if (id < 0 || reason >> REASON_SUBSYSTEM_SHIFT)
		return "";
	t = btf__type_by_id(n->btf, id);
	e = btf_enum(t);
	for (int i = 0; i < btf_vlen(t); i++) {
		const char *name = btf__name_by_offset(n->btf, e[i].name_off);

		if ((uint32_t)e[i].val == reason)
			return strncmp(name, prefix, sizeof(prefix) - 1) ? name :
									    name + sizeof(prefix) - 1;
	}
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
