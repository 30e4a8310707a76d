/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of names, how long, and that they become facts. Where the answers come from:
 * the door (host/host.h), symbols.c, reasons.c.
 */
#include "host/names.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include "host/fact.h"
#include "host/inside.h"
#include "host/reasons.h"
#include "host/symbols.h"
#include "util/clock.h"

/* An answer is asked for again when it is older; one that was no answer, a bit later. */
#define FRESH_NS   SECOND_NS
#define NOTHING_NS (4 * SECOND_NS)

/*
 * A number may come to mean another namespace, or device: what it meant before is kept for the
 * journeys from that time. The last name stays when it is gone.
 */
struct name {
	uint64_t until_ns; /* it is asked for again for what happened from then on */
	uint64_t seen_ns;  /* the last time that it was told for */
	uint64_t changed_ns;
	char now[64], before[64];
};

struct netns {
	uint32_t inum;
	struct name name;
	UT_hash_handle hh;
};

struct device {
	struct {
		uint32_t inum, ifindex;
	} key;
	struct name name;
	UT_hash_handle hh;
};

struct names {
	struct netns *netns;
	struct device *devices;
	struct symbols *symbols;
	struct reasons *reasons; /* read when one is first asked for */
	struct host *host;
	struct facts *facts;
	bool offline;
	int changes; /* inotify of the named namespaces; -1: not to be had */
	uint64_t looked_ns;
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
	host_use_facts(n->host, f, offline);
}

struct host *names_host(struct names *n)
{
	return n->host;
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

	if (!n)
		return -ENOMEM;
	if (host_new(&n->host, inside_questions, n_inside_questions)) {
		free(n);
		return -ENOMEM;
	}
	n->symbols = symbols_open();
	n->changes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (n->changes >= 0)
		inotify_add_watch(n->changes, "/run/netns", IN_CREATE | IN_DELETE | IN_MOVE);
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
	if (n->changes >= 0)
		close(n->changes);
	host_free(n->host);
	free(n);
}

void *names_kept(struct names *n, enum names_keeper k, size_t size, void (*clear)(void *kept))
{
	if (!n->kept[k].memory)
		n->kept[k] = (struct kept){calloc(1, size), clear};
	return n->kept[k].memory;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

/* What was answered; "": nobody has it. True: another has, since the last one was seen. */
static bool change(struct name *name, const char *now, uint64_t asked_ns)
{
	name->until_ns = asked_ns + (now[0] ? FRESH_NS : NOTHING_NS);
	if (!now[0] || !strcmp(now, name->now))
		return false;
	memcpy(name->before, name->now, sizeof(name->before));
	snprintf(name->now, sizeof(name->now), "%.63s", now);
	name->changed_ns = name->seen_ns + 1;
	return true;
}

static const char *name_at(struct name *name, uint64_t at_ns)
{
	if (at_ns > name->seen_ns)
		name->seen_ns = at_ns;
	return at_ns < name->changed_ns && name->before[0] ? name->before : name->now;
}

/* Where a namespace was named, or its name went, each may have another. */
static void look_for_changes(struct names *n)
{
	char events[4096];
	uint64_t now = now_ns();

	if (n->changes < 0 || n->looked_ns == now)
		return;
	n->looked_ns = now;
	if (read(n->changes, events, sizeof(events)) <= 0)
		return;
	while (read(n->changes, events, sizeof(events)) > 0)
		;
	for (struct netns *ns = n->netns; ns; ns = ns->hh.next)
		ns->name.until_ns = ns->name.seen_ns + 1;
}

static void ask_netns(struct names *n, struct netns *ns)
{
	uint64_t asked_ns = now_ns();
	struct host_netns now;

	if (host_find_netns(n->host, ns->inum, &now))
		now.name[0] = 0;
	if ((change(&ns->name, now.name, asked_ns) || !ns->name.now[0]) && n->facts)
		fact_put_string(n->facts, ns->name.now, "netns/%u", ns->inum);
}

const char *names_netns(struct names *n, uint32_t inum, uint64_t at_ns)
{
	struct netns *ns;

	if (!inum)
		return "";
	HASH_FIND(hh, n->netns, &inum, sizeof(inum), ns);
	if (!ns) {
		ns = calloc(1, sizeof(*ns));
		if (!ns)
			return "";
		ns->inum = inum;
		HASH_ADD(hh, n->netns, inum, sizeof(ns->inum), ns);
		if (n->offline)
			fact_get_string(n->facts, ns->name.now, sizeof(ns->name.now), "netns/%u",
					inum);
	}
	if (n->offline)
		return ns->name.now;
	look_for_changes(n);
	if (!at_ns)
		at_ns = now_ns();
	if (at_ns >= ns->name.until_ns)
		ask_netns(n, ns);
	return name_at(&ns->name, at_ns);
}

int names_inside(struct names *n, uint32_t inum, int (*fn)(void *arg), void *arg)
{
	return n->offline ? -ESRCH : host_inside(n->host, inum, fn, arg);
}

/* Several at once: a question costs much more than a name. */
#define DEVICES_ASKED 64
struct device_question {
	uint32_t n;
	struct {
		uint32_t ifindex;
		char name[IF_NAMESIZE]; /* "": there is none */
	} devices[DEVICES_ASKED];
};

json_t *names_ask(struct names *n, uint32_t inum, enum host_question q, json_t *args)
{
	json_t *answer;

	host_ask(n->host, q, inum, args, &answer);
	return answer;
}

json_t *names_ask_device(struct names *n, uint32_t inum, enum host_question q, const char *dev)
{
	return names_ask(n, inum, q, json_pack("{s:s}", "ifname", dev));
}

/* if_indextoname() wants a socket that a worker may not have. */
static int ask_interface(unsigned long request, struct ifreq *r)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), e = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, request, r))
		e = -errno;
	close(fd);
	return e;
}

static int ask_devices(void *arg)
{
	struct device_question *q = arg;

	for (uint32_t i = 0; i < q->n && i < DEVICES_ASKED; i++) {
		struct ifreq r = {.ifr_ifindex = (int)q->devices[i].ifindex};

		if (!ask_interface(SIOCGIFNAME, &r))
			memcpy(q->devices[i].name, r.ifr_name, sizeof(q->devices[i].name));
	}
	return 0;
}
const struct host_row device_name_row = {ask_devices, sizeof(struct device_question), HOST_NETLINK,
					 true};

struct device_number {
	char name[IF_NAMESIZE];
	uint32_t ifindex;
};

static int ask_number(void *arg)
{
	struct device_number *q = arg;

	struct ifreq r = {0};
	int e;

	memcpy(r.ifr_name, q->name, sizeof(r.ifr_name));
	e = ask_interface(SIOCGIFINDEX, &r);
	q->ifindex = e ? 0 : r.ifr_ifindex;
	return e;
}
const struct host_row device_number_row = {ask_number, sizeof(struct device_number), HOST_NETLINK,
					   true};

bool names_device_is_there(struct names *n, uint32_t inum, const char *name)
{
	struct device_number q = {0};

	snprintf(q.name, sizeof(q.name), "%s", name);
	return !names_inside(n, inum, ask_number, &q);
}

/* This one's name, and with it those of its namespace whose time has come, too. */
static void ask_devices_of(struct names *n, struct device *first)
{
	struct device_question q = {.n = 1};
	struct device *asked[DEVICES_ASKED] = {first}, *d, *tmp;
	uint64_t asked_ns = now_ns();

	HASH_ITER(hh, n->devices, d, tmp)
	{
		if (q.n == DEVICES_ASKED)
			break;
		if (d != first && d->key.inum == first->key.inum && asked_ns >= d->name.until_ns)
			asked[q.n++] = d;
	}
	for (uint32_t i = 0; i < q.n; i++)
		q.devices[i].ifindex = asked[i]->key.ifindex;
	names_inside(n, first->key.inum, ask_devices, &q);
	for (uint32_t i = 0; i < q.n; i++)
		if (change(&asked[i]->name, q.devices[i].name, asked_ns) && n->facts)
			fact_put_string(n->facts, asked[i]->name.now, "dev/%u/%u",
					asked[i]->key.inum, asked[i]->key.ifindex);
}

const char *names_device(struct names *n, uint32_t inum, uint32_t ifindex, uint64_t at_ns)
{
	struct device *d, key = {.key = {inum, ifindex}};

	if (!ifindex || !inum)
		return "";
	HASH_FIND(hh, n->devices, &key.key, sizeof(key.key), d);
	if (!d) {
		d = calloc(1, sizeof(*d));
		if (!d)
			return "";
		d->key = key.key;
		HASH_ADD(hh, n->devices, key, sizeof(d->key), d);
		if (n->offline)
			fact_get_string(n->facts, d->name.now, sizeof(d->name.now), "dev/%u/%u",
					inum, ifindex);
	}
	if (n->offline)
		return d->name.now;
	if (!at_ns)
		at_ns = now_ns();
	if (at_ns >= d->name.until_ns) {
		ask_devices_of(n, d);
		if (n->facts && !d->name.now[0])
			fact_put_string(n->facts, "", "dev/%u/%u", inum, ifindex);
	}
	return name_at(&d->name, at_ns);
}

const char *names_symbol(struct names *n, uint64_t address, uint32_t *ret_offset)
{
	const char *name, *module;

	*ret_offset = 0;
	if (!address)
		return "";
	if (n->offline)
		return fact_get_symbol(n->facts, address, ret_offset);
	name = n->symbols ? symbols_around(n->symbols, address, ret_offset, &module) : NULL;
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
