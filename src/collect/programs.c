/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the programs and observing each; what is read of them is their id, name and BTF. */
#include "collect/programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/object.h"
#include "util/clock.h"
#include "util/xdp_chain.h"
#include "waybill/program.h"

#define LOADING_NS (2 * SECOND_NS)

struct programs {
	const struct attach *attach;
	const struct collect_opts *opts;
	struct {
		uint32_t id;
		int link;
		const char *by; /* the program that observes it */
	} rows[WB_PROGRAMS_MAX];
	uint32_t n;
	uint32_t last, last_link; /* the highest ids that were looked at: they only grow */
};

int programs_new(struct programs **ret, const struct attach *a, const struct collect_opts *o)
{
	struct programs *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->attach = a;
	p->opts = o;
	*ret = p;
	return 0;
}

void programs_free(struct programs *p)
{
	if (!p)
		return;
	for (uint32_t i = 0; i < p->n; i++)
		close(p->rows[i].link);
	free(p);
}

/* waybill's own observers, also another one's, and what puts a made packet in. */
static bool is_own(const char *name)
{
	return !strcmp(name, "own_xdp") || !strncmp(name, "own_tc_", 7) ||
	       !strcmp(name, "send_pass");
}

/* The program's own function, whose name in struct bpf_prog_info is cut. */
static bool main_function(int fd, const struct bpf_prog_info *known, char *name, size_t size)
{
	struct bpf_func_info func = {0};
	struct bpf_prog_info info = {
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(func),
		.func_info = (uintptr_t)&func,
	};
	uint32_t len = sizeof(info);
	const struct btf_type *t;
	struct btf *btf;

	if (!known->btf_id || bpf_obj_get_info_by_fd(fd, &info, &len) || !func.type_id)
		return false;
	btf = btf__load_from_kernel_by_id(known->btf_id);
	t = btf ? btf__type_by_id(btf, func.type_id) : NULL;
	if (t)
		snprintf(name, size, "%s", btf__name_by_offset(btf, t->name_off));
	btf__free(btf);
	return t != NULL;
}

static int map_fd(void *arg, const char *name)
{
	return attach_map_fd(arg, name);
}

static const char *behind(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_XDP ? "fx_xdp_program" : "fx_tc_program";
}

/* place: in the table, the end of which is for one more. */
static void observe(struct programs *p, uint32_t place, int fd, const struct bpf_prog_info *info,
		    const char *by)
{
	struct wb_program row = {.id = info->id};
	char function[128];
	int link;

	if (!main_function(fd, info, function, sizeof(function)))
		return;
	memcpy(row.name, info->name, sizeof(row.name));
	if (bpf_map_update_elem(attach_map_fd(p->attach, "programs"), &place, &row, BPF_ANY))
		return;
	link = object_behind(by, p->opts, fd, function, place, map_fd, (void *)p->attach);
	if (link < 0)
		return;
	if (place == p->n)
		p->n++;
	else
		close(p->rows[place].link);
	p->rows[place].id = info->id;
	p->rows[place].link = link;
	p->rows[place].by = by;
}

/*
 * They come to be components when they are linked to a dispatcher, to a new one at each change of
 * the chain: the one that was alone is then one of several.
 */
static void scan_chains(struct programs *p)
{
	struct xdp_component c;

	while (p->n < WB_PROGRAMS_MAX && !xdp_chain_next(&p->last_link, &c)) {
		const char *by = c.alone ? "fx_xdp_program" : "fx_xdp_component";
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info), place = 0;
		int fd;

		while (place < p->n && p->rows[place].id != c.id)
			place++;
		if (place < p->n && !strcmp(p->rows[place].by, by))
			continue;
		fd = bpf_prog_get_fd_by_id(c.id);
		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len))
			observe(p, place, fd, &info, by);
		close(fd);
	}
}

/*
 * A dispatcher whose loader is at work yet: an observer would keep it from putting a program in its
 * place.
 */
static bool is_unfinished(const struct bpf_prog_info *info)
{
	return !strcmp(info->name, XDP_DISPATCHER) &&
	       clock_ns(CLOCK_BOOTTIME) < info->load_time + LOADING_NS;
}

void programs_scan(struct programs *p)
{
	uint32_t id = p->last;

	while (p->n < WB_PROGRAMS_MAX && !bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0) /* gone again */
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &len) || is_own(info.name))
			info.type = BPF_PROG_TYPE_UNSPEC;
		if (is_unfinished(&info)) { /* the next scan goes on with it */
			close(fd);
			break;
		}
		if (info.type == BPF_PROG_TYPE_XDP || info.type == BPF_PROG_TYPE_SCHED_CLS)
			observe(p, p->n, fd, &info, behind(info.type));
		close(fd);
		p->last = id;
	}
	scan_chains(p);
}
