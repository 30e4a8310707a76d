/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The skeleton opened, its constants, map sizes and program types set, and the filter patched in.
 */
#include "collect/object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "collect/compat.h"
#include "collect/kernel.h"
#include "collect/verify.h"
#include "util/insn_patch.h"
#include "waybill/config.h" /* before the skeleton, which needs its struct */
#include "waybill.skel.h"
#include "waybill/filter.h"
#include "waybill/program.h"

static uint32_t kernel_version(void)
{
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (!uname(&u))
		sscanf(u.release, "%u.%u", &major, &minor);
	return WB_KERNEL(major, minor);
}

/* Programs of types that this libbpf has no section name for, and what depends on the kernel. */
static void set_types(struct bpf_object *obj)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, obj)
	{
		const char *name = bpf_program__name(p);

		if (!strncmp(name, "own_nf", 6)) {
			bpf_program__set_type(p, (enum bpf_prog_type)COMPAT_PROG_TYPE_NETFILTER);
			bpf_program__set_expected_attach_type(
				p, (enum bpf_attach_type)COMPAT_ATTACH_NETFILTER);
		} else if (!strncmp(name, "own_tc", 6)) {
			bpf_program__set_type(p, BPF_PROG_TYPE_SCHED_CLS);
		} else if (!strcmp(name, "own_xdp") && kernel_version() >= WB_KERNEL(5, 18)) {
			/* or a device with a large MTU refuses it */
			bpf_program__set_flags(p, BPF_F_XDP_HAS_FRAGS);
		}
	}
}

/*
 * What all objects know of the kernel: its types in short, in a file without a name. libbpf is told
 * of it when an object is opened, and reads it when that is loaded.
 */
#define TYPES_NAME "waybill-types"
static int types_fd = -1;
static bool settled; /* what is not known by now will not be */
static uint32_t hook_state;

int object_know(const struct kernel *k, const struct waybill_bpf *skel)
{
	settled = false;
	verify_know(k);
	return types_fd < 0 ? 0
			    : kernel_types(k, bpf_object__btf(skel->obj), types_fd, &hook_state);
}

void object_settle(void)
{
	settled = true;
	verify_know(NULL);
}

/* The descriptor, if it is still what it was, or a new one. */
static bool types_path(char *path, size_t size)
{
	char is[64] = "";

	snprintf(path, size, "/proc/self/fd/%d", types_fd);
	if (types_fd >= 0 && readlink(path, is, sizeof(is) - 1) > 0 &&
	    !strncmp(is, "/memfd:" TYPES_NAME, sizeof("/memfd:" TYPES_NAME) - 1))
		return true;
	types_fd = settled ? -1 : memfd_create(TYPES_NAME, MFD_CLOEXEC);
	snprintf(path, size, "/proc/self/fd/%d", types_fd);
	return types_fd >= 0;
}

struct waybill_bpf *object_open(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, o);
	struct waybill_bpf *skel;
	char path[32];

	if (verify_handle() && types_path(path, sizeof(path)))
		o.btf_custom_path = path;
	skel = waybill_bpf__open_opts(&o);
	if (skel)
		set_types(skel->obj);
	return skel;
}

static int patch(struct bpf_program *p, const struct collect_opts *o)
{
	static const struct bpf_insn never[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}};
	size_t n = bpf_program__insn_cnt(p);
	struct bpf_insn *copy;
	int r;

	if (o->match_all)
		return 0;
	copy = malloc(n * sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, bpf_program__insns(p), n * sizeof(*copy));
	r = insn_patch(copy, n, WB_FILTER_MAGIC_L2, WB_FILTER_ROOM, o->l2 ? o->l2 : never,
		       o->l2 ? o->n_l2 : 1);
	if (r >= 0)
		r = insn_patch(copy, n, WB_FILTER_MAGIC_L3, WB_FILTER_ROOM, o->l3 ? o->l3 : never,
			       o->l3 ? o->n_l3 : 1);
	if (r >= 0)
		r = bpf_program__set_insns(p, copy, n);
	free(copy);
	return r;
}

int object_enable(struct bpf_program *p, const struct collect_opts *o)
{
	if (!p)
		return 0;
	bpf_program__set_autoload(p, true);
	return patch(p, o);
}

static void set_constants(struct waybill_bpf *skel, const struct plan *plan,
			  const struct collect_opts *o, size_t n_cpus)
{
	struct wb_config *cfg = (struct wb_config *)&skel->rodata->cfg;

	cfg->flags = (o->match_all ? WB_CFG_MATCH_ALL : 0) | (o->raw ? WB_CFG_RAW : 0) |
		     (plan->mode != MODE_TRACEPOINT ? WB_CFG_FUNCTIONS : 0) |
		     (!o->l3 ? WB_CFG_L3_NEVER : 0) | (o->vlan ? WB_CFG_VLAN : 0) |
		     (o->count ? WB_CFG_COUNT : 0) | (o->drops ? WB_CFG_DROPS : 0);
	for (int i = 0; i < WB_PROBE_MAX; i++)
		((uint8_t *)skel->rodata->function_args)[i] = plan->rows[i].args;
	cfg->kernel = kernel_version();
	cfg->cpus = n_cpus;
	cfg->window = o->window;
	memcpy(cfg->netns, o->netns, sizeof(cfg->netns));
	cfg->own_tgid = getpid();
	cfg->hook_state = hook_state;
	for (int i = 0; i < WB_IFNAMES_MAX && o->ifnames[i]; i++)
		snprintf(cfg->ifnames[i], sizeof(cfg->ifnames[i]), "%s", o->ifnames[i]);
}

/* Without counting its maps take no memory. */
static void size_maps(struct waybill_bpf *skel, const struct collect_opts *o, size_t n_cpus)
{
	struct bpf_map *counting[] = {skel->maps.paths, skel->maps.groups, skel->maps.sums,
				      skel->maps.waits, skel->maps.slots};
	struct bpf_map *following[] = {skel->maps.tracks, skel->maps.skbs, skel->maps.socks};

	bpf_map__set_max_entries(skel->maps.rings, n_cpus);
	for (size_t i = 0; i < sizeof(counting) / sizeof(counting[0]) && !o->count; i++)
		bpf_map__set_max_entries(counting[i], 1);
	for (size_t i = 0; i < sizeof(following) / sizeof(following[0]) && o->drops; i++)
		bpf_map__set_max_entries(following[i], 1);
}

void object_configure(struct waybill_bpf *skel, const struct plan *plan,
		      const struct collect_opts *o, size_t n_cpus)
{
	size_maps(skel, o, n_cpus);
	set_constants(skel, plan, o, n_cpus);
}

void object_drop_pages(void)
{
	size_t size, page = sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)waybill_bpf__elf_bytes(&size), to = from + size;

	from = (from + page - 1) / page * page;
	to = to / page * page;
	if (from < to)
		madvise((void *)from, to - from, MADV_DONTNEED);
}

/* Writes the place into "r0 = WB_PROGRAM_MAGIC". */
static int set_place(struct bpf_program *p, uint32_t place)
{
	const struct bpf_insn code = {.code = BPF_ALU | BPF_MOV | BPF_K, .imm = (int)place};
	size_t n = bpf_program__insn_cnt(p);
	struct bpf_insn *copy = malloc(n * sizeof(*copy));
	int r;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bpf_program__insns(p), n * sizeof(*copy));
	r = insn_patch(copy, n, WB_PROGRAM_MAGIC, 0, &code, 1);
	r = r == 1 ? bpf_program__set_insns(p, copy, n) : -EINVAL;
	free(copy);
	return r;
}

int object_share_maps(struct waybill_bpf *skel, bool constants,
		      int (*map_fd)(void *arg, const char *name), void *arg)
{
	struct bpf_map *m;
	int r = 0;

	bpf_object__for_each_map(m, skel->obj)
	{
		if (!constants && strstr(bpf_map__name(m), ".rodata"))
			continue;
		r = bpf_map__reuse_fd(m, map_fd(arg, bpf_map__name(m)));
		if (r)
			break;
	}
	return r;
}

static int attach_behind(struct waybill_bpf *skel, struct bpf_program *p,
			 int (*map_fd)(void *arg, const char *name), void *arg)
{
	int r = object_share_maps(skel, true, map_fd, arg);
	struct bpf_link *link;

	if (!r)
		r = bpf_object__load(skel->obj);
	if (r)
		return r;
	link = verify_attach(p);
	if (!link)
		return -errno;
	r = dup(bpf_link__fd(link));
	bpf_link__destroy(link);
	return r < 0 ? -errno : r;
}

int object_behind(const char *program, const struct collect_opts *o, int target_fd,
		  const char *target_function, uint32_t place,
		  int (*map_fd)(void *arg, const char *name), void *arg)
{
	struct waybill_bpf *skel = object_open();
	struct bpf_program *p;
	int r;

	if (!skel)
		return -errno;
	p = bpf_object__find_program_by_name(skel->obj, program);
	r = p ? bpf_program__set_attach_target(p, target_fd, target_function) : -ENOENT;
	if (!r)
		r = object_enable(p, o);
	if (!r)
		r = set_place(p, place);
	if (!r)
		r = attach_behind(skel, p, map_fd, arg);
	waybill_bpf__destroy(skel);
	object_drop_pages();
	return r;
}
