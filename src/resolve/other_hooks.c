/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conntrack, NAT and BPF programs at a hook: from the kernel's list of hooks, and where it has none
 * from the list of BPF links and from the rules, which are what brings conntrack and NAT in.
 */
#include "resolve/other_hooks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "resolve/hooks.h"
#include "resolve/ruleset.h"
#include "util/clock.h"

#define FRESH_NS SECOND_NS

/* The last one is kept: a flood asks the same again and again. */
struct question {
	uint32_t inum;
	enum wb_station station;
	const char *family;
	uint64_t at_ns;
	struct other_hooks answer;
};

static void add_program(struct other_hooks *o, uint32_t id)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0) {
		bpf_obj_get_info_by_fd(fd, &info, &len);
		close(fd);
	}
	if (!strncmp(info.name, "own_nf_", 7) || o->n_programs == OTHER_PROGRAMS_MAX)
		return;
	o->programs[o->n_programs].id = id;
	snprintf(o->programs[o->n_programs++].name, sizeof(o->programs[0].name), "%.15s",
		 info.name);
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
static void add_links(struct question *q)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct link_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && is_at(&info, q))
			add_program(&q->answer, info.prog_id);
		close(fd);
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

static int ask(void *arg)
{
	struct question *q = arg;
	struct other_hooks *o = &q->answer;
	struct hooks h;
	int r = hooks_read(&h, NULL, 0);

	if (r)
		return r;
	o->known = h.from_kernel;
	for (size_t i = 0; i < h.n && o->known; i++) {
		const struct hook_row *row = &h.rows[i];

		if (row->station != q->station || strcmp(row->family, q->family))
			continue;
		if (row->prog_id)
			add_program(o, row->prog_id);
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
	return 0;
}

const struct other_hooks *other_hooks_of(struct names *n, uint32_t inum, enum wb_station station,
					 const char *family)
{
	static const struct other_hooks nothing;
	struct question *q = names_kept(n, KEEPS_HOOKS, sizeof(*q), NULL);
	uint64_t now = clock_now_ns();

	if (!q)
		return &nothing;
	if (q->inum == inum && q->station == station && q->family && !strcmp(q->family, family) &&
	    now - q->at_ns <= FRESH_NS)
		return &q->answer;
	*q = (struct question){.inum = inum, .station = station, .family = family, .at_ns = now};
	names_inside(n, inum, ask, q);
	if (!q->answer.known) {
		add_links(q);
		from_rules(&q->answer, ruleset_of(n, inum, 0));
	}
	return &q->answer;
}
