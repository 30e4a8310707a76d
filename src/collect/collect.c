/* SPDX-License-Identifier: GPL-2.0-only */
/* The face of this room: opens everything in order, reads the rings, counts what was lost. */
#include "collect/collect.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "collect/attach.h"
#include "collect/counts.h"
#include "collect/observe.h"
#include "collect/programs.h"
#include "collect/spool.h"

#define RING_MIN  ((size_t)256 << 10)
#define RING_MAX  ((size_t)4 << 20)
#define SPOOL_MAX ((size_t)256 << 20)

struct collect {
	struct collect_opts opts; /* l2 and l3 are copies */
	struct kernel *kernel;
	uint64_t modules; /* which were there when the plan was made */
	struct plan plan;
	struct attach *attach;
	struct observe *observe;
	struct programs *programs; /* NULL: other people's are not observed */
	struct ring_buffer *rings;
	struct spool *spool; /* NULL: collect_consume() reads the rings itself */
	uint32_t netns[WB_NETNS_MAX];
	struct observe_places places;
	char *const *nft_match;
	size_t n_nft_match;
	uint64_t told_lost;
	collect_fn fn;
	void *arg;
};

static const struct {
	int cap;
	const char *name, *why;
} needed[] = {
	{CAP_BPF, "CAP_BPF", "to load BPF programs"},
	{CAP_PERFMON, "CAP_PERFMON", "to read kernel memory from them"},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "for network programs"},
};

static bool may(int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, cap);
}

static int check_privileges(char *err, size_t err_size)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && !may(CAP_SYS_ADMIN); i++) {
		if (may(needed[i].cap))
			continue;
		n += snprintf(err + n, err_size - n, "%s%s (%s)", n ? ", " : "missing: ",
			      needed[i].name, needed[i].why);
	}
	if (n)
		snprintf(err + n, err_size - n, ". Run waybill as root (sudo waybill ...)");
	return n ? -EPERM : 0;
}

bool collect_enters_namespaces(void)
{
	return may(CAP_SYS_ADMIN);
}

/* A power of two; by default 1/512 of the memory for all CPUs together, within bounds. */
static size_t ring_size(size_t asked)
{
	size_t size = RING_MIN, want = asked;

	if (!want) {
		want = (size_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 512 /
		       libbpf_num_possible_cpus();
		if (want > RING_MAX)
			want = RING_MAX;
	} else {
		size = sysconf(_SC_PAGESIZE);
	}
	while (size < want)
		size *= 2;
	return size;
}

static int on_event(void *ctx, void *data, size_t size)
{
	struct collect *c = ctx;
	const struct wb_event *ev = data;

	if (size < sizeof(*ev) || ev->size > size)
		return 0;
	if (c->spool)
		spool_put(c->spool, ev);
	else
		c->fn(c->arg, ev);
	return 0;
}

static int open_rings(struct collect *c)
{
	for (size_t i = 0; i < attach_n_rings(c->attach); i++) {
		int fd = attach_ring_fd(c->attach, i), r;

		if (!c->rings) {
			c->rings = ring_buffer__new(fd, on_event, c, NULL);
			r = c->rings ? 0 : -errno;
		} else {
			r = ring_buffer__add(c->rings, fd, on_event, c);
		}
		if (r)
			return r;
	}
	return 0;
}

/* A sixteenth of the memory, within bounds. */
static int start_spool(struct collect *c)
{
	size_t max = (size_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 16;
	int r = spool_new(&c->spool, max < SPOOL_MAX ? max : SPOOL_MAX);

	return r ? r : spool_start(c->spool, c->rings);
}

/* No probe sees the rules themselves. */
static bool rules_unseen(const struct collect *c)
{
	return c->plan.rows[WB_PROBE_FN_nft_do_chain].how == HOW_NONE;
}

static int open_observers(struct collect *c, const struct collect_opts *o, char *err,
			  size_t err_size)
{
	int r = observe_new(&c->observe);

	if (r) {
		snprintf(err, err_size, "the own network namespace can't be opened: %s",
			 strerror(-r));
		return r;
	}
	c->places = (struct observe_places){
		.first_fd = -1, .last_fd = -1, .busy_fd = -1, .netns = c->netns};
	if (collect_observes_netfilter(c)) {
		c->places.first_fd = attach_program_fd(c->attach, "own_nf_first");
		c->places.last_fd = attach_program_fd(c->attach, "own_nf_last");
		/* who counts shows no hook at which nothing happens */
		c->places.busy_fd = o->count ? attach_program_fd(c->attach, "busy_hooks") : -1;
	}
	if (rules_unseen(c)) {
		c->places.nft_match = c->nft_match;
		c->places.n_nft_match = c->n_nft_match;
	}
	collect_refresh(c);
	if (collect_traces_nft(c) && !observe_n_traced(c->observe)) {
		snprintf(err, err_size, "%s", observe_why_untraced(c->observe));
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < o->n_attach && !r; i++) {
		const struct observe_what *w = &o->attach[i];

		if (w->at == OBSERVE_TC)
			r = observe_tc(c->observe, attach_program_fd(c->attach, "own_tc_in"),
				       attach_program_fd(c->attach, "own_tc_out"), w, err,
				       err_size);
		else if (w->at == OBSERVE_XDP)
			r = observe_xdp(c->observe, attach_program_fd(c->attach, "own_xdp"), w, err,
					err_size);
	}
	return r;
}

static struct bpf_insn *copy_insns(const struct bpf_insn *from, size_t n)
{
	struct bpf_insn *to = from ? malloc(n * sizeof(*to)) : NULL;

	if (to)
		memcpy(to, from, n * sizeof(*to));
	return to;
}

/* What is loaded later needs them again. */
static int keep_opts(struct collect *c, const struct collect_opts *o)
{
	c->opts = *o;
	c->opts.l2 = copy_insns(o->l2, o->n_l2);
	c->opts.l3 = copy_insns(o->l3, o->n_l3);
	return (o->l2 && !c->opts.l2) || (o->l3 && !c->opts.l3) ? -ENOMEM : 0;
}

/* Functions of modules that were loaded since. */
static void follow_modules(struct collect *c)
{
	uint64_t now = kernel_modules();
	struct kernel *k;
	char err[256];

	if (now == c->modules || c->opts.drops || c->plan.mode == MODE_TRACEPOINT)
		return;
	c->modules = now;
	if (kernel_open(&k, err, sizeof(err)))
		return;
	attach_more(c->attach, &c->plan, k, &c->opts);
	kernel_close(k);
}

int collect_open(struct collect **ret, const struct collect_opts *o, char *err, size_t err_size)
{
	struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct collect *c = calloc(1, sizeof(*c));
	int r;

	snprintf(err, err_size, "%s", strerror(ENOMEM)); /* all other errors say more */
	if (!c)
		return -ENOMEM;
	r = keep_opts(c, o);
	if (r)
		goto fail;
	memcpy(c->netns, o->netns, sizeof(c->netns));
	c->nft_match = o->nft_match;
	c->n_nft_match = o->n_nft_match;
	r = check_privileges(err, err_size);
	if (r)
		goto fail;
	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* kernels before 5.11 count BPF memory here */
	libbpf_set_print(NULL);
	c->modules = kernel_modules();
	r = kernel_open(&c->kernel, err, err_size);
	if (r)
		goto fail;
	r = attach_open(&c->attach, &c->plan, c->kernel, o, ring_size(o->buffer), err, err_size);
	if (r)
		goto fail;
	kernel_settle(c->kernel);
	r = open_rings(c);
	if (r) {
		snprintf(err, err_size, "the ring buffers can't be mapped: %s", strerror(-r));
		goto fail;
	}
	if (c->plan.rows[WB_PROBE_OWN_xdp_program].how == HOW_FEXIT) {
		r = programs_new(&c->programs, c->attach, &c->opts);
		if (r)
			goto fail;
	}
	r = open_observers(c, o, err, err_size);
	if (r)
		goto fail;
	r = o->spool ? start_spool(c) : 0;
	if (r) {
		snprintf(err, err_size, "no thread to read the ring buffers: %s", strerror(-r));
		goto fail;
	}
	*ret = c;
	return 0;
fail:
	collect_close(c);
	return r;
}

int collect_consume(struct collect *c, collect_fn fn, void *arg, uint64_t *read_ns)
{
	struct timespec now;
	uint64_t ignored;

	if (observe_is_stale(c->observe))
		collect_refresh(c);
	if (collect_observes_netfilter(c))
		observe_rules(c->observe, &c->places);
	if (!read_ns)
		read_ns = &ignored;
	if (c->spool)
		return spool_take(c->spool, fn, arg, read_ns);
	clock_gettime(CLOCK_MONOTONIC, &now);
	*read_ns = (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	c->fn = fn;
	c->arg = arg;
	return ring_buffer__consume(c->rings);
}

void collect_stop(struct collect *c)
{
	if (c->spool)
		spool_stop(c->spool);
}

int collect_counts(struct collect *c, collect_count_fn fn, void *arg)
{
	return counts_read(c->attach, fn, arg);
}

int collect_silent(struct collect *c, uint64_t before_ns, collect_count_fn fn, void *arg)
{
	return counts_silent(c->attach, before_ns, fn, arg);
}

void collect_refresh(struct collect *c)
{
	follow_modules(c);
	if (c->programs)
		programs_scan(c->programs);
	if (c->places.first_fd >= 0 || c->places.n_nft_match)
		observe_namespaces(c->observe, &c->places);
}

void collect_losses(struct collect *c, uint64_t loss[WB_LOSS_MAX])
{
	int fd = attach_map_fd(c->attach, "losses"), cpus = libbpf_num_possible_cpus();
	uint64_t *values = calloc(cpus, sizeof(*values));

	memset(loss, 0, WB_LOSS_MAX * sizeof(*loss));
	for (uint32_t i = 0; values && i < WB_LOSS_MAX; i++) {
		if (bpf_map_lookup_elem(fd, &i, values))
			continue;
		for (int j = 0; j < cpus; j++)
			loss[i] += values[j];
	}
	if (c->spool)
		loss[WB_LOSS_RING_FULL] += spool_lost(c->spool);
	free(values);
	loss[WB_LOSS_NFT_TRACE] = c->told_lost;
}

uint64_t collect_misses(struct collect *c)
{
	return attach_recursion_misses(c->attach);
}

void collect_told(struct collect *c, nft_trace_fn fn, void *arg)
{
	if (c->n_nft_match)
		c->told_lost += observe_told(c->observe, fn, arg);
}

bool collect_traces_nft(const struct collect *c)
{
	return c->n_nft_match && rules_unseen(c);
}

const struct plan *collect_plan(const struct collect *c)
{
	return &c->plan;
}

const struct kernel *collect_kernel(const struct collect *c)
{
	return c->kernel;
}

bool collect_observes_netfilter(const struct collect *c)
{
	return c->plan.rows[WB_PROBE_OWN_nf].how == HOW_OBSERVER;
}

void collect_close(struct collect *c)
{
	if (!c)
		return;
	spool_free(c->spool);
	ring_buffer__free(c->rings);
	observe_free(c->observe);
	programs_free(c->programs);
	attach_close(c->attach);
	kernel_close(c->kernel);
	free((void *)c->opts.l2);
	free((void *)c->opts.l3);
	free(c);
}
