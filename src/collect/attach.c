/* SPDX-License-Identifier: GPL-2.0-only */
/* Links, and what came with modules later. What is loaded is up to load.c. */
#include "collect/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/held.h"
#include "collect/load.h"
#include "collect/object.h"
#include "collect/rings.h"
#include "collect/verify.h"
#include "waybill/config.h" /* before the skeleton, which needs its struct */
#include "waybill.skel.h"

struct attach {
	struct waybill_bpf *skel; /* NULL when all is attached, unless packets are counted */
	struct held held;
	struct bpf_link *links[2 * WB_PROBE_MAX];
	size_t n_links, n_kept; /* the first of them stay while the others rest */
	pthread_t detacher;	/* of the others, when a rest begins: that can take seconds */
	bool detaches;
	struct rings rings;
	struct attach *more; /* what came with modules later; NULL none */
};

static void *detach_others(void *arg)
{
	struct attach *a = arg;

	while (a->n_links > a->n_kept)
		bpf_link__destroy(a->links[--a->n_links]);
	return NULL;
}

static void await_detacher(struct attach *a)
{
	if (a->detaches)
		pthread_join(a->detacher, NULL);
	a->detaches = false;
}

static void free_object(struct attach *a)
{
	await_detacher(a);
	a->n_kept = 0;
	detach_others(a);
	rings_close(&a->rings);
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

static int attach_row(struct attach *a, struct plan *plan, int i)
{
	struct plan_row *row = &plan->rows[i];
	const char *prefix[2] = {"", NULL};

	if (row->how == HOW_FENTRY || row->how == HOW_KPROBE) {
		prefix[0] = plan_entry_prefix(row->how);
		prefix[1] = plan_exit_prefix(row->how);
	}
	for (int j = 0; j < 2 && prefix[j]; j++) {
		struct bpf_program *p = load_program(
			a->skel, prefix[j], row->how == HOW_TRACEPOINT ? row->program : row->name);
		struct bpf_link *link;

		if (!p || bpf_program__fd(p) < 0)
			continue;
		link = verify_attach(p);
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
	link = bpf_program__attach_kprobe_multi_opts(load_program(a->skel, "", "km_generic"), NULL,
						     &o);
	if (!link)
		return -errno;
	a->links[a->n_links++] = link;
	return 0;
}

static void attach_or_drop(struct attach *a, struct plan *plan, int i)
{
	int r = attach_row(a, plan, i);

	if (r)
		plan_drop(plan, i, strerror(-r));
}

/* The probe that counts drops while the others rest. */
static void attach_kept(struct attach *a, struct plan *plan)
{
	if (plan->rows[WB_PROBE_TP_kfree_skb].how != HOW_NONE)
		attach_or_drop(a, plan, WB_PROBE_TP_kfree_skb);
	a->n_kept = a->n_links;
}

static void attach_others(struct attach *a, struct plan *plan)
{
	int r = attach_multi(a, plan);

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		enum plan_how how = plan->rows[i].how;

		if (how == HOW_KPROBE_MULTI && r)
			plan_drop(plan, i, strerror(-r));
		if (how != HOW_TRACEPOINT && how != HOW_FENTRY && how != HOW_KPROBE)
			continue;
		if (i != WB_PROBE_TP_kfree_skb)
			attach_or_drop(a, plan, i);
	}
}

static int attach_all(struct attach *a, struct plan *plan)
{
	attach_kept(a, plan);
	attach_others(a, plan);
	return plan->n_probes ? 0 : -EOPNOTSUPP;
}

/* Plans the own observers at devices. */
static void plan_attached(struct plan *plan, const struct kernel *k, const struct collect_opts *o)
{
	bool links = kernel_has(k, KERNEL_TCX);

	for (size_t i = 0; i < o->n_attach; i++) {
		if (o->attach[i].at == OBSERVE_XDP)
			plan_observe(plan, WB_PROBE_OWN_xdp, "own_xdp");
		if (o->attach[i].at != OBSERVE_TC)
			continue;
		plan_observe(plan, WB_PROBE_OWN_tc_in, links ? "own_tc_in" : "own_tc_cls_in");
		plan_observe(plan, WB_PROBE_OWN_tc_out, links ? "own_tc_out" : "own_tc_cls_out");
	}
}

/* Own observers at the netfilter hooks: asked for, or because nothing else shows these stations. */
static bool wants_netfilter(const struct kernel *k, const struct collect_opts *o)
{
	bool functions = o->mode != MODE_TRACEPOINT &&
			 (kernel_has(k, KERNEL_FENTRY) || kernel_has(k, KERNEL_KPROBE));
	bool asked = false;

	for (size_t i = 0; i < o->n_attach; i++)
		asked |= o->attach[i].at == OBSERVE_NF;
	return asked || (!functions && !o->read_only);
}

/* From what is built into skel. */
static int make_plan(struct plan *plan, const struct kernel *k, const struct collect_opts *o,
		     bool want_nf, const struct waybill_bpf *skel, char *err, size_t err_size)
{
	struct plan_ask ask = {.mode = o->mode,
			       .want_nf = want_nf,
			       .count = o->count,
			       .drops = o->drops,
			       .built = load_is_built,
			       .arg = skel->obj};
	int r = object_know(k, skel);

	if (r)
		snprintf(err, err_size, "the kernel's types can't be handed to libbpf: %s",
			 strerror(-r));
	return r ? r : plan_make(plan, k, &ask, err, err_size);
}

int attach_open(struct attach **ret, struct plan *plan, const struct kernel *k,
		const struct collect_opts *o, char *err, size_t err_size)
{
	size_t ring_bytes = rings_size(o->buffer);
	struct attach *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return -ENOMEM;
	load_listen(o->verbose);
	a->rings.n = libbpf_num_possible_cpus();
	a->skel = object_open();
	if (!a->skel) {
		r = -errno;
		snprintf(err, err_size, "the BPF object can't be opened: %s", strerror(-r));
		goto fail;
	}
	r = make_plan(plan, k, o, wants_netfilter(k, o), a->skel, err, err_size);
	if (r)
		goto fail;
	plan_attached(plan, k, o);
	r = load_plan(&a->skel, plan, o, a->rings.n);
	if (r) {
		snprintf(err, err_size,
			 "the kernel refuses the BPF programs%s%s: %s (waybill check says more)",
			 load_refused()[0] ? ", first " : "", load_refused(), strerror(-r));
		goto fail;
	}
	r = rings_open(&a->rings, bpf_map__fd(a->skel->maps.rings), ring_bytes);
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
static int load_more(struct attach *a, struct waybill_bpf *skel, struct plan *more,
		     const struct collect_opts *o)
{
	struct attach *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	b->more = a->more;
	a->more = b;
	b->skel = skel;
	object_configure(skel, more, o, a->rings.n);
	r = load_choose(skel, more, o);
	if (!r)
		r = object_share_maps(skel, false, shared_map, a);
	if (!r)
		r = bpf_object__load(skel->obj);
	if (!r)
		r = attach_all(b, more);
	if (!r)
		r = held_take(&b->held, skel->obj);
	b->skel = NULL;
	return r;
}

/* Leaves in more what plan has not yet. Returns how many. */
static int only_new(struct plan *more, const struct plan *plan)
{
	int n = 0;

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		if (plan->rows[i].how != HOW_NONE || more->rows[i].kind == PROBE_OBSERVER)
			more->rows[i].how = HOW_NONE;
		n += more->rows[i].how != HOW_NONE;
	}
	return n;
}

int attach_more(struct attach *a, struct plan *plan, const struct kernel *k,
		const struct collect_opts *o)
{
	struct waybill_bpf *skel = object_open();
	struct plan *more = calloc(1, sizeof(*more));
	char err[256];
	int r = skel && more ? 0 : -ENOMEM, n = 0;

	if (!r)
		r = make_plan(more, k, o, false, skel, err, sizeof(err));
	if (!r)
		n = only_new(more, plan);
	if (n)
		r = load_more(a, skel, more, o);
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX && !r && n; i++) {
		if (more->rows[i].how == HOW_NONE)
			continue;
		plan->rows[i] = more->rows[i];
		plan->n_probes++;
	}
	object_settle();
	waybill_bpf__destroy(skel);
	object_drop_pages();
	free(more);
	return r ? r : n;
}

void attach_rest(struct attach *a)
{
	a->skel->bss->resting = true;
	a->detaches = !pthread_create(&a->detacher, NULL, detach_others, a);
	if (!a->detaches)
		detach_others(a);
}

void attach_go_on(struct attach *a, struct plan *plan)
{
	await_detacher(a);
	attach_others(a, plan);
	a->skel->bss->resting = false;
}

void attach_leave(struct attach *a)
{
	for (size_t i = 0; i < a->n_links; i++)
		close(bpf_link__fd(a->links[i]));
	a->n_links = a->n_kept = 0;
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

void attach_forget_groups(const struct attach *a)
{
	memset(a->skel->bss->n_groups, 0, sizeof(a->skel->bss->n_groups));
}

uint64_t attach_recursion_misses(const struct attach *a)
{
	return held_misses(&a->held) + (a->more ? attach_recursion_misses(a->more) : 0);
}

uint64_t attach_run_ns(const struct attach *a)
{
	return held_run_ns(&a->held) + (a->more ? attach_run_ns(a->more) : 0);
}

size_t attach_n_rings(const struct attach *a)
{
	return a->rings.n;
}

int attach_ring_fd(const struct attach *a, size_t cpu)
{
	return a->rings.fd[cpu];
}
