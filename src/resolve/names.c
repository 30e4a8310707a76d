/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of names, how long, and that they become facts. Where the answers come from:
 * find_netns.c, symbols.c, reasons.c.
 */
#include "resolve/names.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "resolve/fact.h"
#include "resolve/find_netns.h"
#include "resolve/reasons.h"
#include "resolve/symbols.h"
#include "util/clock.h"

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
	uint64_t asked_ms;
	struct found_netns at;
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

struct names {
	struct netns *netns;
	struct device *devices;
	struct symbols *symbols; /* both read when they are first asked for */
	struct reasons *reasons;
	int own_fd;
	uint32_t own_inum;
	struct facts *facts;
	bool offline;
	char reason[48]; /* the last one asked for */
	struct kept {
		void *memory;
		void (*clear)(void *memory);
	} kept[KEEPERS];
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
	for (struct kept *k = n->kept; k < n->kept + KEEPERS; k++) {
		if (k->memory && k->clear)
			k->clear(k->memory);
		free(k->memory);
	}
	symbols_free(n->symbols);
	reasons_free(n->reasons);
	close(n->own_fd);
	free(n);
}

void *names_kept(struct names *n, enum names_keeper k, size_t size, void (*clear)(void *kept))
{
	if (!n->kept[k].memory)
		n->kept[k] = (struct kept){calloc(1, size), clear};
	return n->kept[k].memory;
}

static uint64_t now_ms(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE) / MS_NS;
}

static bool is_fresh(uint64_t asked_ms, bool answered, uint64_t now)
{
	return now - asked_ms < (answered ? FRESH_MS : NOTHING_MS);
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

static void close_netns(struct netns *ns)
{
	if (ns->fd >= 0)
		close(ns->fd);
	ns->fd = -1;
}

/* Nobody has it any more: the last name is kept for the journeys that are still to be printed. */
static void ask_netns(struct names *n, struct netns *ns)
{
	struct found_netns now;

	ns->asked_ms = now_ms();
	if (ns->inum == n->own_inum) {
		snprintf(ns->at.name, sizeof(ns->at.name), "host");
		snprintf(ns->at.path, sizeof(ns->at.path), "/proc/self/ns/net");
		return;
	}
	if (ns->at.path[0] && find_netns_at(ns->at.path, ns->inum))
		return;
	close_netns(ns);
	if (find_netns(ns->inum, &now))
		ns->at = now;
	else
		ns->at.path[0] = 0;
}

static struct netns *netns_of(struct names *n, uint32_t inum)
{
	struct netns *ns;
	char before[sizeof(ns->at.name)];

	HASH_FIND(hh, n->netns, &inum, sizeof(inum), ns);
	if (ns && (n->offline || is_fresh(ns->asked_ms, ns->at.path[0], now_ms())))
		return ns;
	if (!ns) {
		ns = calloc(1, sizeof(*ns));
		if (!ns)
			return NULL;
		ns->inum = inum;
		ns->fd = -1;
		HASH_ADD(hh, n->netns, inum, sizeof(ns->inum), ns);
		if (n->offline)
			fact_get_string(n->facts, ns->at.name, sizeof(ns->at.name), "netns/%u",
					inum);
	}
	if (n->offline)
		return ns;
	snprintf(before, sizeof(before), "%s", ns->at.name);
	ask_netns(n, ns);
	if (n->facts && (strcmp(before, ns->at.name) || !ns->at.name[0]))
		fact_put_string(n->facts, ns->at.name, "netns/%u", inum);
	return ns;
}

const char *names_netns(struct names *n, uint32_t inum)
{
	struct netns *ns = inum ? netns_of(n, inum) : NULL;

	return ns ? ns->at.name : "";
}

int names_netns_fd(struct names *n, uint32_t inum)
{
	struct netns *ns = inum && !n->offline ? netns_of(n, inum) : NULL;

	if (!ns)
		return -1;
	if (inum == n->own_inum)
		return n->own_fd;
	if (ns->fd < 0 && ns->at.path[0])
		ns->fd = open_if(ns->at.path, inum);
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

const char *names_symbol(struct names *n, uint64_t address, uint32_t *ret_offset)
{
	const char *name;

	*ret_offset = 0;
	if (!address)
		return "";
	if (n->offline)
		return fact_get_symbol(n->facts, address, ret_offset);
	if (!n->symbols)
		n->symbols = symbols_read();
	name = n->symbols ? symbols_around(n->symbols, address, ret_offset) : NULL;
	if (!name)
		return "";
	if (n->facts)
		fact_put_symbol(n->facts, address, name, *ret_offset);
	return name;
}

const char *names_reason(struct names *n, uint32_t reason)
{
	if (reason == ~0U)
		return "";
	if (n->offline) {
		fact_get_string(n->facts, n->reason, sizeof(n->reason), "reason/%u", reason);
		return n->reason;
	}
	if (!n->reasons)
		n->reasons = reasons_read();
	snprintf(n->reason, sizeof(n->reason), "%s",
		 n->reasons ? reasons_name(n->reasons, reason) : "");
	if (n->facts)
		fact_put_string(n->facts, n->reason, "reason/%u", reason);
	return n->reason;
}
