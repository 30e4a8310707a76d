/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conntrack, NAT and BPF programs at a hook: from the kernel's list of hooks, and where it has none
 * from the list of BPF links and from the rules, which are what brings conntrack and NAT in.
 */
#include "causes/other_hooks.h"

#include <stdio.h>
#include <string.h>

#include "causes/hooks.h"
#include "causes/possible_hooks.h"
#include "host/listing.h"
#include "causes/ruleset.h"

/* Those of a waybill: its observers pass everything, and its sender's keeps only what it made. */
static bool is_own(const char *name)
{
	return !strncmp(name, "own_nf_", 7) || !strncmp(name, "swallow_local_i", 15);
}

static void add_program(struct other_hooks *o, uint32_t id, const char *name)
{
	for (size_t i = 0; i < o->n_programs; i++)
		if (o->programs[i].id == id)
			return;
	if (is_own(name))
		return;
	if (o->n_programs == OTHER_PROGRAMS_MAX) {
		snprintf(o->unknown, sizeof(o->unknown), "more than %d BPF programs",
			 OTHER_PROGRAMS_MAX);
		return;
	}
	o->programs[o->n_programs].id = id;
	snprintf(o->programs[o->n_programs++].name, sizeof(o->programs[0].name), "%.15s", name);
}

static void name_program(struct names *n, struct other_hooks *o, uint32_t id)
{
	json_t *p = names_ask(n, 0, HOST_ASK_program, json_pack("{s:I}", "id", (json_int_t)id));

	add_program(o, id, listed_word(p, "name"));
	json_decref(p);
}

static const struct {
	enum wb_station station;
	uint32_t hook;
} points[] = {
	{WB_STATION_NF_PREROUTING, 0}, {WB_STATION_NF_INPUT, 1},       {WB_STATION_NF_FORWARD, 2},
	{WB_STATION_NF_OUTPUT, 3},     {WB_STATION_NF_POSTROUTING, 4},
};
#define N_POINTS (sizeof(points) / sizeof(points[0]))

/* A link does not say which namespace it is in: those of others are candidates, too. */
static void from_links(struct names *n, struct other_hooks *o, uint64_t hooks, const char *family)
{
	json_t *links, *l;
	size_t i;

	for (size_t k = 0; k < N_POINTS; k++) {
		if (!hooks_have(hooks, points[k].station))
			continue;
		links = names_ask(n, 0, HOST_ASK_netfilter_links,
				  json_pack("{s:i, s:I}", "family", strcmp(family, "ip6") ? 4 : 6,
					    "hook", (json_int_t)points[k].hook));
		json_array_foreach(links, i, l)
			add_program(o, (uint32_t)listed_number(l, "id", 0), listed_word(l, "name"));
		json_decref(links);
	}
}

static void from_rules(struct other_hooks *o, const struct ruleset *r)
{
	o->nat = r && firewall_has_nat(r->f);
	o->conntrack = r && firewall_has_ct(r->f);
}

/* Chains, legacy tables, and what only puts fragments together. */
static bool of_rules(const struct hook_row *row)
{
	static const char *const functions[] = {
		"nft_do_chain", "ipt_do_table", "ip6t_do_table", "iptable_",
		"ip6table_",	"ipv4_defrag",	"ipv6_defrag",	 "ipv4_conntrack_defrag"};

	if (row->table[0] || !row->function[0])
		return true;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strstr(row->function, functions[i]))
			return true;
	return false;
}

static void from_kernel(struct names *n, const struct hooks *h, struct other_hooks *o,
			uint64_t hooks)
{
	for (size_t i = 0; i < h->n; i++) {
		const struct hook_row *row = &h->rows[i];

		if (!hooks_have(hooks, row->station))
			continue;
		if (row->prog_id)
			name_program(n, o, row->prog_id);
		else if (strstr(row->function, "nf_nat"))
			o->nat = true;
		else if (strstr(row->function, "conntrack") || strstr(row->function, "nf_confirm"))
			o->conntrack = true;
		else if (strstr(row->function, "ip_vs"))
			o->ipvs = true;
		else if (!of_rules(row))
			snprintf(o->unknown, sizeof(o->unknown), "%.47s", row->function);
	}
}

struct other_hooks other_hooks_of(struct names *n, uint32_t inum, uint64_t hooks,
				  const char *family)
{
	struct other_hooks o = {0};
	struct hooks h;

	hooks_read(&h, n, inum, family, NULL);
	o.known = h.from_kernel;
	if (o.known) {
		from_kernel(n, &h, &o, hooks);
	} else {
		from_links(n, &o, hooks, family);
		from_rules(&o, ruleset_of(n, inum, 0));
	}
	hooks_free(&h);
	return o;
}
