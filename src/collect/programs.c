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
#include "waybill/program.h"

struct programs {
	const struct attach *attach;
	const struct collect_opts *opts;
	int links[WB_PROGRAMS_MAX];
	uint32_t n;
	uint32_t last; /* the highest id that was looked at: they only grow */
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
		close(p->links[i]);
	free(p);
}

/* waybill's own observers, also another one's. */
static bool is_own(const char *name)
{
	return !strcmp(name, "own_xdp") || !strncmp(name, "own_tc_", 7);
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

static void observe(struct programs *p, int fd, const struct bpf_prog_info *info)
{
	const char *behind = info->type == BPF_PROG_TYPE_XDP ? "fx_xdp_program" : "fx_tc_program";
	struct wb_program row = {.id = info->id};
	char function[128];
	int link;

	if (!main_function(fd, info, function, sizeof(function)))
		return;
	memcpy(row.name, info->name, sizeof(row.name));
	if (bpf_map_update_elem(attach_map_fd(p->attach, "programs"), &p->n, &row, BPF_ANY))
		return;
	link = object_behind(behind, p->opts, fd, function, p->n, map_fd, (void *)p->attach);
	if (link >= 0)
		p->links[p->n++] = link;
}

void programs_scan(struct programs *p)
{
	uint32_t id = p->last;

	while (p->n < WB_PROGRAMS_MAX && !bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		p->last = id;
		if (fd < 0) /* gone again */
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && !is_own(info.name) &&
		    (info.type == BPF_PROG_TYPE_XDP || info.type == BPF_PROG_TYPE_SCHED_CLS))
			observe(p, fd, &info);
		close(fd);
	}
}
