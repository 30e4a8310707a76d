/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conntrack, NAT and BPF programs at a hook: from the kernel's list of hooks, and where it has none
 * from the list of BPF links and from the rules, which are what brings conntrack and NAT in.
 */
#include "causes/other_hooks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "causes/hooks.h"
#include "host/inside.h"
#include "causes/ruleset.h"
#include "util/clock.h"

#define FRESH_NS SECOND_NS

/* The last one is kept: a flood asks the same again and again. */
struct question {
	uint32_t inum;
	enum wb_station station;
	char family[8];
	uint64_t at_ns;
	struct other_hooks answer;
};

static void add_program(struct other_hooks *o, const struct program_question *p)
{
	for (size_t i = 0; i < o->n_programs; i++)
		if (o->programs[i].id == p->id)
			return;
	if (!strncmp(p->name, "own_nf_", 7) || o->n_programs == OTHER_PROGRAMS_MAX)
		return;
	o->programs[o->n_programs].id = p->id;
	snprintf(o->programs[o->n_programs++].name, sizeof(o->programs[0].name), "%.15s", p->name);
}

/* What BPF_OBJ_GET_INFO_BY_FD says of a netfilter link, which older headers lack. */
struct link_info {
	uint32_t type, id, prog_id, pad;
	struct {
		uint32_t pf, hook;
		int32_t priority;
		uint32_t flags;
	} netfilter;
	uint64_t room[8];
};

#define LINK_TYPE_NETFILTER 10

static const struct {
	enum wb_station station;
	uint32_t hook;
} points[] = {
	{WB_STATION_NF_PREROUTING, 0}, {WB_STATION_NF_INPUT, 1},       {WB_STATION_NF_FORWARD, 2},
	{WB_STATION_NF_OUTPUT, 3},     {WB_STATION_NF_POSTROUTING, 4},
};

static bool is_at(const struct link_info *i, const struct question *q)
{
	if (i->type != LINK_TYPE_NETFILTER ||
	    i->netfilter.pf != (strcmp(q->family, "ip6") ? NFPROTO_IPV4 : NFPROTO_IPV6))
		return false;
	for (size_t k = 0; k < sizeof(points) / sizeof(points[0]); k++)
		if (points[k].station == q->station)
			return points[k].hook == i->netfilter.hook;
	return false;
}

/* A link does not say which namespace it is in: those of others are candidates, too. */
static int ask_links(void *arg)
{
	struct question *q = arg;
	struct program_question p;
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct link_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		p = (struct program_question){0};
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && is_at(&info, q)) {
			p.id = info.prog_id;
			if (!program_ask(&p)) /* waybill's own stand in each namespace */
				add_program(&q->answer, &p);
		}
		close(fd);
	}
	return 0;
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

static void ask(struct names *n, struct question *q)
{
	struct other_hooks *o = &q->answer;
	struct hooks h;

	hooks_read(&h, n, q->inum, q->family, NULL);
	o->known = h.from_kernel;
	for (size_t i = 0; i < h.n && o->known; i++) {
		const struct hook_row *row = &h.rows[i];

		if (row->station != q->station)
			continue;
		if (row->prog_id && o->n_programs < OTHER_PROGRAMS_MAX)
			o->programs[o->n_programs++].id = row->prog_id;
		else if (strstr(row->function, "nf_nat"))
			o->nat = true;
		else if (strstr(row->function, "conntrack") || strstr(row->function, "nf_confirm"))
			o->conntrack = true;
		else if (strstr(row->function, "ip_vs"))
			o->ipvs = true;
		else if (!of_rules(row))
			snprintf(o->unknown, sizeof(o->unknown), "%.47s", row->function);
	}
	hooks_free(&h);
}

const struct host_row netfilter_links_row = {ask_links, sizeof(struct question), HOST_PROGRAMS,
					     false};

/* Those of waybill's own are none of them. */
static void name_programs(struct names *n, struct other_hooks *o)
{
	struct other_hooks all = *o;

	o->n_programs = 0;
	for (size_t i = 0; i < all.n_programs; i++) {
		struct program_question p = {.id = all.programs[i].id};

		names_inside(n, 0, program_ask, &p);
		add_program(o, &p);
	}
}

const struct other_hooks *other_hooks_of(struct names *n, uint32_t inum, enum wb_station station,
					 const char *family)
{
	static const struct other_hooks nothing;
	struct question *q = names_kept(n, KEEPS_HOOKS, sizeof(*q), NULL);
	uint64_t now = clock_now_ns();

	if (!q)
		return &nothing;
	if (q->inum == inum && q->station == station && !strcmp(q->family, family) &&
	    now - q->at_ns <= FRESH_NS)
		return &q->answer;
	*q = (struct question){.inum = inum, .station = station, .at_ns = now};
	snprintf(q->family, sizeof(q->family), "%s", family);
	ask(n, q);
	if (!q->answer.known) {
		names_inside(n, 0, ask_links, q);
		from_rules(&q->answer, ruleset_of(n, inum, 0));
	}
	name_programs(n, &q->answer);
	return &q->answer;
}
