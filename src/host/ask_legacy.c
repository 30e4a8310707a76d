/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Legacy iptables' tables as the kernel holds them. Only those that are there already are asked
 * for: asking for another would make it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include "host/ask_ruleset.h"
#include "util/hex.h"

#define ENTRIES_MAX (24U << 20)
#define TABLES_MAX  16

static const struct family {
	const char *key, *names;
	int domain, level, info, entries;
} families[] = {
	{"ip", "/proc/thread-self/net/ip_tables_names", AF_INET, IPPROTO_IP, IPT_SO_GET_INFO,
	 IPT_SO_GET_ENTRIES},
	{"ip6", "/proc/thread-self/net/ip6_tables_names", AF_INET6, IPPROTO_IPV6, IP6T_SO_GET_INFO,
	 IP6T_SO_GET_ENTRIES},
};

static json_t *to_json(const void *bytes, size_t n)
{
	char *hex = hex_new(bytes, n);
	json_t *j = hex ? json_string_nocheck(hex) : NULL;

	free(hex);
	return j;
}

/* NULL: it could not be read. Both families have structures of the same form. */
static json_t *table(int s, const struct family *f, const char *name)
{
	struct ipt_getinfo info = {0};
	struct ipt_get_entries *e;
	socklen_t n = sizeof(info);
	json_t *ret = NULL;

	strncpy(info.name, name, sizeof(info.name) - 1);
	if (getsockopt(s, f->level, f->info, &info, &n) || info.size > ENTRIES_MAX)
		return NULL;
	n = sizeof(*e) + info.size;
	e = calloc(1, n);
	if (!e)
		return NULL;
	strncpy(e->name, name, sizeof(e->name) - 1);
	e->size = info.size;
	/* EAGAIN: it changed in between */
	if (!getsockopt(s, f->level, f->entries, e, &n))
		ret = json_pack("{s:o, s:o}", "info", to_json(&info, sizeof(info)), "entries",
				to_json(e->entrytable, info.size));
	free(e);
	return ret;
}

/* The names, which are a few letters each, into buf; -1: none can be read. */
static ssize_t names_of(const struct family *f, char *buf, size_t size)
{
	int fd = open(f->names, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	n = read(fd, buf, size - 1);
	close(fd);
	return n;
}

static json_t *tables(const struct family *f)
{
	char buf[1024] = "", *save, *name;
	json_t *all = json_object(), *one;
	ssize_t n = names_of(f, buf, sizeof(buf));
	int s;

	if (n <= 0) {
		if (!n)
			return all;
		json_decref(all);
		return NULL;
	}
	buf[n] = 0;
	s = socket(f->domain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	for (name = strtok_r(buf, "\n", &save); name && json_object_size(all) < TABLES_MAX;
	     name = strtok_r(NULL, "\n", &save)) {
		one = s < 0 ? NULL : table(s, f, name);
		if (!one && s >= 0)
			one = table(s, f, name);
		json_object_set_new(all, name, one ? one : json_null());
	}
	if (s >= 0)
		close(s);
	return all;
}

int host_ask_legacy(const json_t *args, json_t **ret)
{
	(void)args;
	*ret = json_object();
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		json_t *all = tables(&families[i]);

		if (all)
			json_object_set_new(*ret, families[i].key, all);
	}
	return 0;
}
