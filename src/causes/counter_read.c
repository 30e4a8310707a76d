/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of a namespace by name: /proc/net/snmp and its like, devices, qdiscs, conntrack, and
 * the rules' own.
 */
#include "causes/counter_read.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "causes/ruleset.h"

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

static const char *word(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static uint64_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* What drivers count by themselves: as ethtool -S. */
static void read_drivers(struct counter_list *l, const json_t *devices)
{
	json_t *device, *stat;
	size_t i, k;

	json_array_foreach(devices, i, device)
	{
		json_array_foreach(json_object_get(device, "stats"), k, stat)
			add(l, number(stat, "value"), "ethtool %s %s", word(device, "ifname"),
			    word(stat, "name"));
	}
}

static void read_qdiscs(struct counter_list *l, const json_t *qdiscs)
{
	json_t *q;
	size_t i;

	json_array_foreach(qdiscs, i, q) add(l, number(q, "drops"), "tc %s %s %s dropped",
					     word(q, "dev"), word(q, "kind"), word(q, "handle"));
}

/* nft's rules by their handle, those of legacy iptables by their number. */
static void add_rule(struct counter_list *l, const struct fw_chain *c, const struct fw_rule *r)
{
	const char *family = firewall_family(c->family);

	if (!r->has_counter)
		return;
	if (c->legacy)
		add(l, r->packets, "%s %s %s rule %u", family, c->table, c->name, r->number);
	else
		add(l, r->packets, "nft %s %s handle %" PRIu64, family, c->table, r->handle);
}

static void read_conntrack(struct counter_list *l, const json_t *cpus)
{
	uint64_t dropped = 0;
	json_t *cpu;
	size_t i;

	json_array_foreach(cpus, i, cpu) dropped += number(cpu, "drop");
	add(l, dropped, "conntrack drop");
}

/* The errors of each device's receiver. */
static void read_links(struct counter_list *l, const json_t *links)
{
	json_t *link, *value;
	const char *name;
	size_t i;

	json_array_foreach(links, i, link)
	{
		json_t *rx = json_object_get(json_object_get(link, "stats64"), "rx");

		json_object_foreach(rx, name, value) if (strstr(name, "_errors")) add(
			l, json_integer_value(value), "link %s rx %s", word(link, "ifname"), name);
	}
}

/* group: what stands in front of each name. */
static void read_numbers(struct counter_list *l, const json_t *all, const char *group)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)all, name, v)
		add(l, json_integer_value(v), "%s%s", group, name);
}

/* A line of hexadecimal numbers a CPU, the second is what it dropped. */
static void read_softnet(struct counter_list *l, const json_t *lines)
{
	uint64_t dropped = 0, n;
	json_t *line;
	size_t i;

	json_array_foreach(lines, i, line)
	{
		if (sscanf(json_string_value(line), "%*x %" SCNx64, &n) == 1)
			dropped += n;
	}
	if (lines)
		add(l, dropped, "softnet dropped");
}

static void read_rules(struct counter_list *l, struct names *n, uint32_t inum)
{
	struct firewall *f = ruleset_read(n, inum);

	for (size_t i = 0; f && i < f->n_chains; i++) {
		const struct fw_chain *c = &f->chains[i];

		for (size_t k = 0; k < c->n_rules; k++)
			add_rule(l, c, &c->rules[k]);
		if (c->legacy && c->policy_counted)
			add(l, c->policy_packets, "%s %s %s policy", firewall_family(c->family),
			    c->table, c->name);
	}
	firewall_free(f);
}

void counter_list_read(struct counter_list *l, struct names *n, uint32_t inum)
{
	json_t *all, *devices;

	host_forget(names_host(n)); /* the same was asked for another reason a moment ago */
	all = names_ask(n, inum, HOST_ASK_counters, NULL);
	devices = names_ask(n, inum, HOST_ASK_device_stats, NULL);
	l->unread = !all || !devices;
	read_numbers(l, json_object_get(all, "snmp"), "");
	read_numbers(l, json_object_get(all, "netstat"), "");
	read_numbers(l, json_object_get(all, "snmp6"), "snmp6 ");
	read_softnet(l, json_object_get(all, "softnet_stat"));
	read_links(l, json_object_get(all, "links"));
	if (json_object_get(all, "conntrack_stats"))
		read_conntrack(l, json_object_get(all, "conntrack_stats"));
	read_qdiscs(l, json_object_get(all, "qdiscs"));
	read_drivers(l, devices);
	json_decref(all);
	json_decref(devices);
	read_rules(l, n, inum);
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
