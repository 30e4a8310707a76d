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
#include <unistd.h>
#include <uthash.h>

#include "host/fact.h"
#include "host/name.h"
#include "host/reasons.h"
#include "host/symbols.h"
#include "util/clock.h"
#include "util/foreign_json.h"

/* Of each kind; whoever makes namespaces without end pushes the oldest out, to be asked anew. */
#define NAMES_MAX   16384
#define AHEAD_LINES 4000 /* of symbols, at once: some milliseconds */

struct netns {
	uint32_t inum;
	struct name name;
	uint64_t recalled; /* the facts' changes when it was looked up in them, and 1 */
	UT_hash_handle hh;
};

struct device {
	struct {
		uint32_t inum, ifindex;
	} key;
	struct name name;
	uint64_t recalled;
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
	int changes;	    /* inotify of the named namespaces; -1: not to be had */
	uint64_t looked_ns; /* for changes; there was none until then */
	char reason[48];    /* the last one asked for */
	struct derived {
		void *memory;
		void (*clear)(void *memory);
	} derived[DERIVERS];
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
	if (host_new(&n->host)) {
		free(n);
		return -ENOMEM;
	}
	n->symbols = symbols_open(SYMBOLS_KALLSYMS, SYMBOLS_MODULES);
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
	for (struct derived *d = n->derived; d < n->derived + DERIVERS; d++) {
		if (d->memory && d->clear)
			d->clear(d->memory);
		free(d->memory);
	}
	symbols_free(n->symbols);
	reasons_free(n->reasons);
	if (n->changes >= 0)
		close(n->changes);
	host_free(n->host);
	free(n);
}

void *names_derived(struct names *n, enum names_deriver who, size_t size,
		    void (*clear)(void *memory))
{
	if (!n->derived[who].memory)
		n->derived[who] = (struct derived){calloc(1, size), clear};
	return n->derived[who].memory;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC_COARSE);
}

/* Reads what inotify has. False: nothing. came: a name was made, not only taken away. */
static bool read_changes(int fd, bool *came)
{
	_Alignas(struct inotify_event) char events[4096];
	bool any = false;
	ssize_t n;

	while ((n = read(fd, events, sizeof(events))) > 0) {
		any = true;
		for (char *p = events; p < events + n;) {
			const struct inotify_event *e = (const struct inotify_event *)p;

			*came |= e->mask & (IN_CREATE | IN_MOVED_TO | IN_Q_OVERFLOW);
			p += sizeof(*e) + e->len;
		}
	}
	return any;
}

/* Where a namespace was named, or its name went, each may have another. */
static void look_for_changes(struct names *n)
{
	uint64_t now = now_ns(), calm_ns = n->looked_ns;
	bool came = false;

	if (n->changes < 0 || n->looked_ns == now)
		return;
	n->looked_ns = now;
	if (!read_changes(n->changes, &came))
		return;
	for (struct netns *ns = n->netns; ns; ns = ns->hh.next) {
		name_doubt(&ns->name, calm_ns, came);
	}
}

static void ask_netns(struct names *n, struct netns *ns)
{
	uint64_t asked_ns = now_ns();
	struct host_netns now;
	bool changed;
	int r = host_find_netns(n->host, ns->inum, &now);

	if (r)
		now.name[0] = 0;
	changed = name_change(&ns->name, now.name, asked_ns);
	if (!r) {
		ns->name.sure_ns = asked_ns;
		ns->name.came = false;
	} else if (r == -ESRCH) {
		changed = name_gone(&ns->name);
	}
	if ((changed || !ns->name.now[0]) && n->facts)
		fact_put_string(n->facts, ns->name.now, "netns/%u", ns->inum);
}

/* Does a recording say nothing new since then? A look costs more than all else of a step. */
static bool is_recalled(const struct names *n, uint64_t *recalled)
{
	uint64_t now = facts_changes(n->facts) + 1, then = *recalled;

	*recalled = now;
	return then == now;
}

static void recall_netns(struct names *n, struct netns *ns)
{
	char now[64];

	if (is_recalled(n, &ns->recalled))
		return;
	if (fact_get_string(n->facts, now, sizeof(now), "netns/%u", ns->inum) && !now[0]) {
		name_doubt(&ns->name, ns->name.seen_ns, true);
		name_gone(&ns->name);
	}
	name_change(&ns->name, now, 0);
}

const char *names_netns(struct names *n, uint32_t inum, uint64_t at_ns)
{
	const char *then;
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
		if (HASH_COUNT(n->netns) > NAMES_MAX) {
			struct netns *oldest = n->netns;

			HASH_DEL(n->netns, oldest);
			free(oldest);
		}
	}
	if (n->offline) {
		recall_netns(n, ns);
		return name_then(&ns->name, at_ns);
	}
	look_for_changes(n);
	if ((at_ns ? at_ns : now_ns()) >= ns->name.until_ns)
		ask_netns(n, ns);
	then = name_at(&ns->name, at_ns ? at_ns : now_ns());
	return at_ns ? then : name_last(&ns->name);
}

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

bool names_device_is_there(struct names *n, uint32_t inum, const char *name)
{
	json_t *args = json_pack("{s:o}", "ifname", foreign_json(name, strlen(name))), *link;
	bool there = host_ask(n->host, HOST_ASK_links, inum, args, &link) == HOST_TOLD;

	json_decref(link);
	return there;
}

#define DEVICES_ASKED 64 /* several at once: a question costs much more than a name */

/* This one's name, and with it those of its namespace whose time has come, too. */
static void ask_devices_of(struct names *n, struct device *first)
{
	struct device *asked[DEVICES_ASKED] = {first}, *d, *tmp;
	json_t *numbers = json_array(), *names;
	uint64_t asked_ns = now_ns();
	char name[IF_NAMESIZE];
	size_t n_asked = 1;

	HASH_ITER(hh, n->devices, d, tmp)
	{
		if (n_asked == DEVICES_ASKED)
			break;
		if (d != first && d->key.inum == first->key.inum && asked_ns >= d->name.until_ns)
			asked[n_asked++] = d;
	}
	for (size_t i = 0; i < n_asked; i++)
		json_array_append_new(numbers, json_integer(asked[i]->key.ifindex));
	names = names_ask(n, first->key.inum, HOST_ASK_device_names,
			  json_pack("{s:o}", "ifindexes", numbers));
	for (size_t i = 0; i < n_asked; i++) {
		const char *told = json_string_value(json_array_get(names, i));

		if (!told || !foreign_bytes(told, name, sizeof(name)))
			name[0] = 0;
		if (name_change(&asked[i]->name, name, asked_ns) && n->facts)
			fact_put_string(n->facts, asked[i]->name.now, "dev/%u/%u",
					asked[i]->key.inum, asked[i]->key.ifindex);
	}
	json_decref(names);
}

const char *names_device(struct names *n, uint32_t inum, uint32_t ifindex, uint64_t at_ns)
{
	struct device *d, key = {.key = {inum, ifindex}};
	char now[64];

	if (!ifindex || !inum)
		return "";
	HASH_FIND(hh, n->devices, &key.key, sizeof(key.key), d);
	if (!d) {
		d = calloc(1, sizeof(*d));
		if (!d)
			return "";
		d->key = key.key;
		HASH_ADD(hh, n->devices, key, sizeof(d->key), d);
		if (HASH_COUNT(n->devices) > NAMES_MAX) {
			struct device *oldest = n->devices;

			HASH_DEL(n->devices, oldest);
			free(oldest);
		}
	}
	if (n->offline) {
		if (!is_recalled(n, &d->recalled)) {
			fact_get_string(n->facts, now, sizeof(now), "dev/%u/%u", inum, ifindex);
			name_change(&d->name, now, 0);
		}
		return name_then(&d->name, at_ns);
	}
	if (!at_ns)
		at_ns = now_ns();
	if (at_ns >= d->name.until_ns) {
		ask_devices_of(n, d);
		if (n->facts && !d->name.now[0])
			fact_put_string(n->facts, "", "dev/%u/%u", inum, ifindex);
	}
	return name_at(&d->name, at_ns);
}

const char *names_symbol(struct names *n, uint64_t address, uint32_t *ret_offset,
			 const char **ret_module)
{
	const char *name;

	*ret_offset = 0;
	*ret_module = "";
	if (!address)
		return "";
	if (n->offline)
		return fact_get_symbol(n->facts, address, ret_offset, ret_module);
	name = n->symbols ? symbols_around(n->symbols, address, ret_offset, ret_module) : NULL;
	if (!name)
		return "";
	if (n->facts)
		fact_put_symbol(n->facts, address, name, *ret_offset, *ret_module);
	return name;
}

bool names_read_ahead(struct names *n)
{
	return !n->offline && n->symbols && symbols_read_ahead(n->symbols, AHEAD_LINES);
}

bool names_tell_symbols(const struct names *n)
{
	return symbols_told(n->symbols);
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
