/* SPDX-License-Identifier: GPL-2.0-only */
/* The BPF object: which programs load, with which filter, and attached how. */
#include "collect/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/held.h"
#include "collect/object.h"
#include "waybill/config.h" /* before the skeleton, which needs its struct */
#include "waybill.skel.h"

#define LOAD_TRIES 8

struct attach {
	struct waybill_bpf *skel; /* NULL when all is attached, unless packets are counted */
	struct held held;
	struct bpf_link *links[2 * WB_PROBE_MAX];
	size_t n_links;
	int *rings;
	size_t n_rings;
	struct attach *more; /* what came with modules later; NULL none */
};

static bool is_built(void *arg, const char *program)
{
	return bpf_object__find_program_by_name(arg, program) != NULL;
}

static struct bpf_program *find(const struct attach *a, const char *prefix, const char *name)
{
	char full[96];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return bpf_object__find_program_by_name(a->skel->obj, full);
}

static const char *exit_prefix(enum plan_how how)
{
	return how == HOW_FENTRY ? "fx_" : "kr_";
}

static const char *entry_prefix(enum plan_how how)
{
	return how == HOW_FENTRY ? "fe_" : "kp_";
}

static int choose_programs(struct attach *a, const struct plan *plan, const struct collect_opts *o)
{
	bool multi = false;
	int r = 0;

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX && !r; i++) {
		const struct plan_row *row = &plan->rows[i];

		switch (row->how) {
		case HOW_NONE:
			break;
		case HOW_TRACEPOINT:
			r = object_enable(find(a, "", row->program), o);
			break;
		case HOW_FENTRY:
		case HOW_KPROBE:
			r = object_enable(find(a, entry_prefix(row->how), row->name), o);
			if (!r)
				r = object_enable(find(a, exit_prefix(row->how), row->name), o);
			break;
		case HOW_KPROBE_MULTI:
			if (!multi)
				r = object_enable(find(a, "", "km_generic"), o);
			multi = true;
			break;
		case HOW_OBSERVER:
			r = object_enable(find(a, "", row->program), o);
			if (!r && i == WB_PROBE_OWN_nf)
				r = object_enable(find(a, "", "own_nf_last"), o);
			if (!r && i == WB_PROBE_OWN_nf && o->count)
				r = object_enable(find(a, "", "busy_hooks"), o);
			break;
		case HOW_FEXIT: /* by programs.c */
			break;
		}
	}
	return r;
}

static int make_rings(struct attach *a, size_t bytes)
{
	int outer = bpf_map__fd(a->skel->maps.rings);

	a->rings = calloc(a->n_rings, sizeof(*a->rings));
	if (!a->rings)
		return -ENOMEM;
	for (size_t i = 0; i < a->n_rings; i++)
		a->rings[i] = -1;
	for (uint32_t i = 0; i < a->n_rings; i++) {
		a->rings[i] =
			bpf_map_create(BPF_MAP_TYPE_RINGBUF, "waybill_ring", 0, 0, bytes, NULL);
		if (a->rings[i] < 0)
			return a->rings[i];
		if (bpf_map_update_elem(outer, &i, &a->rings[i], BPF_ANY))
			return -errno;
	}
	return 0;
}

/* What libbpf said last of a program that could not be loaded. */
static __thread char failed_program[64];

__attribute__((format(printf, 2, 0))) static int
listen_for_culprit(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[256], *q;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	q = strstr(line, "prog '");
	if (q && strstr(line, "BPF program load failed"))
		sscanf(q, "prog '%63[^']", failed_program);
	return 0;
}

__attribute__((format(printf, 2, 0))) static int print_all(enum libbpf_print_level level,
							   const char *format, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	listen_for_culprit(level, format, copy);
	va_end(copy);
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

/* Removes the row whose program did not load. False: none of the rows, nothing to try again. */
static bool drop_culprit(struct plan *plan)
{
	const char *name = failed_program;

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		const struct plan_row *row = &plan->rows[i];
		bool own = i == WB_PROBE_OWN_nf && !strncmp(name, "own_nf", 6);

		if (row->how == HOW_NONE)
			continue;
		if (own || !strcmp(name, row->program) ||
		    (strlen(name) > 3 && name[2] == '_' && !strcmp(name + 3, row->name) &&
		     row->kind != PROBE_TRACEPOINT)) {
			plan_drop(plan, i, "the kernel's verifier refuses the program");
			return true;
		}
	}
	return false;
}

static void free_object(struct attach *a)
{
	for (size_t i = 0; i < a->n_links; i++)
		bpf_link__destroy(a->links[i]);
	a->n_links = 0;
	for (size_t i = 0; a->rings && i < a->n_rings; i++)
		if (a->rings[i] >= 0)
			close(a->rings[i]);
	free(a->rings);
	a->rings = NULL;
	held_close(&a->held);
	waybill_bpf__destroy(a->skel);
	a->skel = NULL;
}

/* Keeps the descriptors and lets the object go; counting works on a variable of it. */
static int settle(struct attach *a, bool count)
{
	int r = held_take(&a->held, a->skel->obj);

	if (r || count)
		return r;
	waybill_bpf__destroy(a->skel);
	a->skel = NULL;
	malloc_trim(0);
	object_drop_pages();
	return 0;
}

static int load_once(struct attach *a, struct plan *plan, const struct collect_opts *o)
{
	int r;

	a->skel = object_open();
	if (!a->skel)
		return -errno;
	object_configure(a->skel, plan, o, a->n_rings);
	r = choose_programs(a, plan, o);
	return r ? r : bpf_object__load(a->skel->obj);
}

static int attach_row(struct attach *a, struct plan *plan, int i)
{
	struct plan_row *row = &plan->rows[i];
	const char *prefix[2] = {"", NULL};

	if (row->how == HOW_FENTRY || row->how == HOW_KPROBE) {
		prefix[0] = entry_prefix(row->how);
		prefix[1] = exit_prefix(row->how);
	}
	for (int j = 0; j < 2 && prefix[j]; j++) {
		struct bpf_program *p =
			find(a, prefix[j], row->how == HOW_TRACEPOINT ? row->program : row->name);
		struct bpf_link *link;

		if (!p || bpf_program__fd(p) < 0)
			continue;
		link = bpf_program__attach(p);
		if (!link)
			return -errno;
		a->links[a->n_links++] = link;
	}
	return 0;
}

static int attach_multi(struct attach *a, struct plan *plan)
{
	const char *syms[WB_PROBE_MAX];
	__u64 cookies[WB_PROBE_MAX];
	LIBBPF_OPTS(bpf_kprobe_multi_opts, o, .syms = syms, .cookies = cookies);
	struct bpf_link *link;

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		const struct plan_row *row = &plan->rows[i];

		if (row->how != HOW_KPROBE_MULTI)
			continue;
		syms[o.cnt] = row->name;
		cookies[o.cnt++] = i | (__u64)row->skb_arg << 16 | (__u64)row->station << 24;
	}
	if (!o.cnt)
		return 0;
	link = bpf_program__attach_kprobe_multi_opts(find(a, "", "km_generic"), NULL, &o);
	if (!link)
		return -errno;
	a->links[a->n_links++] = link;
	return 0;
}

static int attach_all(struct attach *a, struct plan *plan)
{
	int r = attach_multi(a, plan);

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		enum plan_how how = plan->rows[i].how;
		int e;

		if (how == HOW_KPROBE_MULTI && r)
			plan_drop(plan, i, strerror(-r));
		if (how != HOW_TRACEPOINT && how != HOW_FENTRY && how != HOW_KPROBE)
			continue;
		e = attach_row(a, plan, i);
		if (e)
			plan_drop(plan, i, strerror(-e));
	}
	return plan->n_probes ? 0 : -EOPNOTSUPP;
}

static int load(struct attach *a, struct plan *plan, const struct collect_opts *o)
{
	int r = -EINVAL;

	for (int i = 0; i < LOAD_TRIES; i++) {
		failed_program[0] = 0;
		r = load_once(a, plan, o);
		if (!r)
			return 0;
		free_object(a);
		/* a filter that does not verify fails everywhere: then there is nothing left to
		 * drop */
		if (!failed_program[0] || !drop_culprit(plan))
			break;
	}
	return r;
}

/* Plans the own observers at devices; -EOPNOTSUPP with a sentence in err. */
static int plan_attached(struct plan *plan, const struct kernel *k, const struct collect_opts *o,
			 char *err, size_t err_size)
{
	for (size_t i = 0; i < o->n_attach; i++) {
		if (o->attach[i].at == OBSERVE_XDP)
			plan_observe(plan, WB_PROBE_OWN_xdp, "own_xdp");
		if (o->attach[i].at != OBSERVE_TC)
			continue;
		if (!kernel_has(k, KERNEL_TCX)) {
			snprintf(err, err_size,
				 "--attach tc:%s needs tc links: %s; a tc filter in their place "
				 "would "
				 "stay after kill -9, so waybill makes none",
				 o->attach[i].dev, kernel_why_not(k, KERNEL_TCX));
			return -EOPNOTSUPP;
		}
		plan_observe(plan, WB_PROBE_OWN_tc_in, "own_tc_in");
		plan_observe(plan, WB_PROBE_OWN_tc_out, "own_tc_out");
	}
	return 0;
}

int attach_open(struct attach **ret, struct plan *plan, const struct kernel *k,
		const struct collect_opts *o, size_t ring_bytes, char *err, size_t err_size)
{
	struct attach *a = calloc(1, sizeof(*a));
	bool want_nf =
		!o->read_only && !(kernel_has(k, KERNEL_FENTRY) || kernel_has(k, KERNEL_KPROBE));
	struct waybill_bpf *probe;
	int r;

	if (!a)
		return -ENOMEM;
	libbpf_set_print(o->verbose ? print_all : listen_for_culprit);
	a->n_rings = libbpf_num_possible_cpus();
	if (o->mode == MODE_TRACEPOINT)
		want_nf = !o->read_only;
	for (size_t i = 0; i < o->n_attach; i++)
		want_nf |= o->attach[i].at == OBSERVE_NF;
	probe = object_open();
	if (!probe) {
		r = -errno;
		snprintf(err, err_size, "the BPF object can't be opened: %s", strerror(-r));
		goto fail;
	}
	r = plan_make(plan, k, o->mode, want_nf, is_built, probe->obj, err, err_size);
	waybill_bpf__destroy(probe);
	if (r)
		goto fail;
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX && o->drops; i++)
		if (i != WB_PROBE_TP_kfree_skb && plan->rows[i].how != HOW_NONE)
			plan_drop(plan, i, "only drops are counted");
	r = plan_attached(plan, k, o, err, err_size);
	if (r)
		goto fail;
	r = load(a, plan, o);
	if (r) {
		snprintf(err, err_size,
			 "the kernel refuses the BPF programs%s%s: %s (waybill check says more)",
			 failed_program[0] ? ", first " : "", failed_program, strerror(-r));
		goto fail;
	}
	r = make_rings(a, ring_bytes);
	if (r) {
		snprintf(err, err_size,
			 "no memory for the ring buffers of %zu bytes a CPU (--buffer): %s",
			 ring_bytes, strerror(-r));
		goto fail;
	}
	r = attach_all(a, plan);
	if (r) {
		snprintf(err, err_size, "no probe could be attached (waybill check says why)");
		goto fail;
	}
	r = settle(a, o->count);
	if (r) {
		snprintf(err, err_size, "the programs can't be kept: %s", strerror(-r));
		goto fail;
	}
	*ret = a;
	return 0;
fail:
	attach_close(a);
	return r;
}

static int shared_map(void *arg, const char *name)
{
	return attach_map_fd(arg, name);
}

/* Only what is new in the plan; that of an earlier module stays in the list behind it. */
static int load_more(struct attach *a, struct plan *more, const struct collect_opts *o)
{
	struct attach *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->more = a->more;
	a->more = b;
	b->skel = object_open();
	if (!b->skel)
		return -errno;
	object_configure(b->skel, more, o, a->n_rings);
	r = choose_programs(b, more, o);
	if (!r)
		r = object_share_maps(b->skel, false, shared_map, a);
	if (!r)
		r = bpf_object__load(b->skel->obj);
	if (!r)
		r = attach_all(b, more);
	if (!r)
		r = held_take(&b->held, b->skel->obj);
	waybill_bpf__destroy(b->skel);
	b->skel = NULL;
	object_drop_pages();
	return r;
}

int attach_more(struct attach *a, struct plan *plan, const struct kernel *k,
		const struct collect_opts *o)
{
	struct waybill_bpf *probe = object_open();
	struct plan *more = calloc(1, sizeof(*more));
	char err[256];
	int r = probe && more ? 0 : -ENOMEM, n = 0;

	if (!r)
		r = plan_make(more, k, o->mode, false, is_built, probe->obj, err, sizeof(err));
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX && !r; i++) {
		if (plan->rows[i].how != HOW_NONE || more->rows[i].kind == PROBE_OBSERVER)
			more->rows[i].how = HOW_NONE;
		n += more->rows[i].how != HOW_NONE;
	}
	if (!r && n)
		r = load_more(a, more, o);
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX && !r && n; i++) {
		if (more->rows[i].how == HOW_NONE)
			continue;
		plan->rows[i] = more->rows[i];
		plan->n_probes++;
	}
	waybill_bpf__destroy(probe);
	free(more);
	return r ? r : n;
}

void attach_close(struct attach *a)
{
	if (!a)
		return;
	attach_close(a->more);
	free_object(a);
	free(a);
}

int attach_map_fd(const struct attach *a, const char *name)
{
	return held_map(&a->held, name);
}

int attach_program_fd(const struct attach *a, const char *name)
{
	return held_program(&a->held, name);
}

void attach_forget_track(const struct attach *a)
{
	__atomic_fetch_sub(&a->skel->bss->live, 1, __ATOMIC_RELAXED);
}

uint64_t attach_recursion_misses(const struct attach *a)
{
	return held_misses(&a->held) + (a->more ? attach_recursion_misses(a->more) : 0);
}

size_t attach_n_rings(const struct attach *a)
{
	return a->n_rings;
}

int attach_ring_fd(const struct attach *a, size_t cpu)
{
	return a->rings[cpu];
}
