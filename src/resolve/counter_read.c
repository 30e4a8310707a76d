/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parsers of /proc/net/snmp and its like, ethtool -S, ip -s, tc -s, conntrack -S, nft and
 * iptables-legacy-save.
 */
#include "resolve/counter_read.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/child.h"

#define DEVICES_MAX 32

void counter_list_free(struct counter_list *l)
{
	free(l->counters);
	*l = (struct counter_list){0};
}

__attribute__((format(printf, 3, 4))) static void add(struct counter_list *l, uint64_t value,
						      const char *format, ...)
{
	struct counter *more = l->counters;
	va_list ap;

	/* the room grows in powers of two */
	if (!(l->n & (l->n - 1)))
		more = realloc(more, (l->n ? 2 * l->n : 1) * sizeof(*more));
	if (!more)
		return;
	l->counters = more;
	more += l->n++;
	more->value = value;
	va_start(ap, format);
	vsnprintf(more->name, sizeof(more->name), format, ap);
	va_end(ap);
}

/* Pairs of lines: "Udp: InDatagrams NoPorts", "Udp: 12 3". */
static void read_pairs(struct counter_list *l, char *text)
{
	char *save, *head = strtok_r(text, "\n", &save), *values;

	while (head && (values = strtok_r(NULL, "\n", &save))) {
		char *a, *b, *name = strtok_r(head, " ", &a), *value = strtok_r(values, " ", &b);
		char group[32];

		if (!name || !value || strcmp(name, value)) {
			head = values;
			continue;
		}
		snprintf(group, sizeof(group), "%.*s", (int)strcspn(name, ":"), name);
		while ((name = strtok_r(NULL, " ", &a)) && (value = strtok_r(NULL, " ", &b)))
			add(l, strtoull(value, NULL, 10), "%s %s", group, name);
		head = strtok_r(NULL, "\n", &save);
	}
}

/* Lines: "Udp6NoPorts 3". */
static void read_words(struct counter_list *l, char *text)
{
	char *save, name[64];
	uint64_t value;

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (sscanf(p, "%63s %" SCNu64, name, &value) == 2)
			add(l, value, "snmp6 %s", name);
}

/* Lines: "     rx_queue_0_xdp_drops: 50". */
static void read_ethtool(struct counter_list *l, const char *dev, char *text)
{
	char *save, name[64];
	uint64_t value;

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (sscanf(p, " %63[^:]: %" SCNu64, name, &value) == 2)
			add(l, value, "ethtool %s %s", dev, name);
}

/* "qdisc tbf 8001: dev c0 root ...", then " Sent 12 bytes 1 pkt (dropped 3, ...". */
static void read_qdiscs(struct counter_list *l, char *text)
{
	char *save, kind[32] = "", handle[32] = "", dev[32] = "";

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		const char *dropped = strstr(p, "(dropped ");

		if (sscanf(p, "qdisc %31s %31s dev %31s", kind, handle, dev) == 3)
			continue;
		if (kind[0] && dropped)
			add(l, strtoull(dropped + 9, NULL, 10), "tc %s %s %s dropped", dev, kind,
			    handle);
	}
}

/* nft -a list ruleset: the nesting by indentation, rules by their handle. */
static void read_nft(struct counter_list *l, char *text)
{
	char *save, family[16] = "", table[64] = "", chain[64] = "";

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		const char *counter = strstr(p, "counter packets "), *handle = NULL;

		if (sscanf(p, "table %15s %63s", family, table) == 2)
			continue;
		if (sscanf(p, "\tchain %63s", chain) == 1 && !counter)
			continue;
		for (const char *h = strstr(p, "# handle "); h; h = strstr(h + 1, "# handle "))
			handle = h;
		if (counter && handle)
			add(l, strtoull(counter + 16, NULL, 10), "nft %s %s handle %s", family,
			    table, handle + 9);
	}
}

/* iptables-legacy-save -c: "*filter", ":FORWARD DROP [3:120]", "[2:56] -A FORWARD ...". */
static void read_legacy(struct counter_list *l, const char *family, char *text)
{
	char *save, table[32] = "", chain[64] = "", last[64] = "", policy[32];
	unsigned number = 0;
	uint64_t packets;

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		if (sscanf(p, "*%31s", table) == 1)
			last[0] = 0;
		else if (sscanf(p, ":%63s %31s [%" SCNu64, chain, policy, &packets) == 3)
			add(l, packets, "%s %s %s policy", family, table, chain);
		if (sscanf(p, "[%" SCNu64 ":%*u] -A %63s", &packets, chain) != 2)
			continue;
		number = strcmp(chain, last) ? 1 : number + 1;
		snprintf(last, sizeof(last), "%s", chain);
		add(l, packets, "%s %s %s rule %u", family, table, chain, number);
	}
}

/* /proc/net/softnet_stat: a line of hexadecimal numbers a CPU, the second is what it dropped. */
static void read_softnet(struct counter_list *l, char *text)
{
	uint64_t dropped = 0, n;
	char *save;

	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (sscanf(p, "%*x %" SCNx64, &n) == 1)
			dropped += n;
	add(l, dropped, "softnet dropped");
}

/* conntrack -S: a line a CPU of "name=value". */
static void read_conntrack(struct counter_list *l, char *text)
{
	uint64_t dropped = 0;

	for (const char *p = strstr(text, " drop="); p; p = strstr(p + 1, " drop="))
		dropped += strtoull(p + 6, NULL, 10);
	add(l, dropped, "conntrack drop");
}

/* ip -j -s -s link: the errors of each device's receiver. */
static void read_links(struct counter_list *l, const char *text)
{
	json_t *links = json_loads(text, 0, NULL), *link, *value;
	const char *name;
	size_t i;

	json_array_foreach(links, i, link)
	{
		json_t *rx = json_object_get(json_object_get(link, "stats64"), "rx");
		const char *dev = json_string_value(json_object_get(link, "ifname"));

		json_object_foreach(rx, name, value) if (dev && strstr(name, "_errors"))
			add(l, json_integer_value(value), "link %s rx %s", dev, name);
	}
	json_decref(links);
}

static char *output(int fd, const char *const argv[], struct text *t)
{
	text_reset(t);
	if (child_output(fd, argv, t) || !t->n)
		return NULL;
	return t->s;
}

static void read_devices(struct counter_list *l, int fd, struct text *t)
{
	char devices[DEVICES_MAX][16], *save, *s;
	size_t n = 0;

	s = output(fd, (const char *const[]){"cat", "/proc/net/dev", NULL}, t);
	for (char *p = s ? strtok_r(s, "\n", &save) : NULL; p && n < DEVICES_MAX;
	     p = strtok_r(NULL, "\n", &save))
		if (strchr(p, ':') && sscanf(p, " %15[^:]:", devices[n]) == 1)
			n++;
	for (size_t i = 0; i < n; i++) {
		s = output(fd, (const char *const[]){"ethtool", "-S", devices[i], NULL}, t);
		if (s)
			read_ethtool(l, devices[i], s);
	}
}

void counter_list_read(struct counter_list *l, int fd)
{
	struct text t = {0};
	char *s;

#define READ(parse, ...)                                                                           \
	do {                                                                                       \
		s = output(fd, (const char *const[]){__VA_ARGS__, NULL}, &t);                      \
		if (s)                                                                             \
			parse;                                                                     \
	} while (0)
	READ(read_pairs(l, s), "cat", "/proc/net/snmp");
	READ(read_pairs(l, s), "cat", "/proc/net/netstat");
	READ(read_words(l, s), "cat", "/proc/net/snmp6");
	READ(read_softnet(l, s), "cat", "/proc/net/softnet_stat");
	READ(read_links(l, s), "ip", "-j", "-s", "-s", "link", "show");
	/* the tool itself would load conntrack where nobody uses it */
	READ(read_conntrack(l, s), "sh", "-c",
	     "test -e /proc/sys/net/netfilter/nf_conntrack_max && exec conntrack -S");
	READ(read_qdiscs(l, s), "tc", "-s", "qdisc", "show");
	READ(read_nft(l, s), "nft", "-a", "list", "ruleset");
	/* the tool itself would load the tables that are not there */
	READ(read_legacy(l, "ip", s), "sh", "-c",
	     "test -s /proc/net/ip_tables_names && exec iptables-legacy-save -c");
	READ(read_legacy(l, "ip6", s), "sh", "-c",
	     "test -s /proc/net/ip6_tables_names && exec ip6tables-legacy-save -c");
#undef READ
	read_devices(l, fd, &t);
	text_free(&t);
}

static bool ends(const char *s, const char *with)
{
	size_t n = strlen(s), m = strlen(with);

	return n >= m && !strcmp(s + n - m, with);
}

/* A prefix that does not end in a space, and no suffix: the whole name. */
static bool matches(const char *name, const char *prefix, const char *suffix)
{
	size_t n = strlen(prefix);

	if (strncmp(name, prefix, n))
		return false;
	if (*suffix)
		return ends(name + n, suffix);
	return !name[n] || (n && prefix[n - 1] == ' ');
}

static uint64_t value_of(const struct counter_list *l, const char *name)
{
	for (size_t i = 0; l && i < l->n; i++)
		if (!strcmp(l->counters[i].name, name))
			return l->counters[i].value;
	return 0;
}

uint64_t counter_list_sum(const struct counter_list *l, const struct counter_list *before,
			  const char *prefix, const char *suffix, size_t *ret_n,
			  const char **ret_name)
{
	uint64_t sum = 0;

	*ret_n = 0;
	*ret_name = NULL;
	for (size_t i = 0; i < l->n; i++) {
		const struct counter *c = &l->counters[i];
		uint64_t delta;

		if (!matches(c->name, prefix, suffix))
			continue;
		delta = c->value - value_of(before, c->name);
		sum += delta;
		++*ret_n;
		if (!*ret_name || delta)
			*ret_name = c->name;
	}
	return sum;
}
