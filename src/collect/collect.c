/* SPDX-License-Identifier: GPL-2.0-only */
/* The face of this room: opens everything in order, reads the rings, counts what was lost. */
#include "collect/collect.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "collect/attach.h"
#include "collect/counts.h"
#include "collect/observe.h"
#include "collect/pace.h"
#include "collect/privileges.h"
#include "collect/programs.h"
#include "collect/spool.h"
#include "util/clock.h"

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
	struct observe_places places;
	struct pace pace; /* n_cpus 0: each packet is followed, or none */
	uint64_t told_lost;
	collect_fn fn;
	void *arg;
};

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

static struct observe_places no_places(const struct collect *c)
{
	return (struct observe_places){
		.first_fd = -1, .last_fd = -1, .busy_fd = -1, .netns = c->opts.netns};
}

/* By links, or where only those programs were loaded by filters. */
static int open_tc(struct collect *c, const struct observe_what *w, char *err, size_t err_size)
{
	int in_fd = attach_program_fd(c->attach, "own_tc_in");

	if (in_fd >= 0)
		return observe_tc(c->observe, in_fd, attach_program_fd(c->attach, "own_tc_out"), w,
				  err, err_size);
	return observe_tc_filters(c->observe, attach_program_fd(c->attach, "own_tc_cls_in"),
				  attach_program_fd(c->attach, "own_tc_cls_out"), w, err,
				  err_size);
}

static int open_observers(struct collect *c, char *err, size_t err_size)
{
	const struct collect_opts *o = &c->opts;
	int r = observe_new(&c->observe);

	if (r) {
		snprintf(err, err_size, "the own network namespace can't be opened: %s",
			 strerror(-r));
		return r;
	}
	c->places = no_places(c);
	if (collect_observes_netfilter(c)) {
		c->places.first_fd = attach_program_fd(c->attach, "own_nf_first");
		c->places.last_fd = attach_program_fd(c->attach, "own_nf_last");
		/* who counts shows no hook at which nothing happens */
		c->places.busy_fd = o->count ? attach_program_fd(c->attach, "busy_hooks") : -1;
	}
	if (rules_unseen(c)) {
		c->places.nft_match = o->nft_match;
		c->places.n_nft_match = o->n_nft_match;
	}
	collect_refresh(c);
	if (collect_traces_nft(c) && !observe_n_traced(c->observe)) {
		snprintf(err, err_size, "%s", observe_why_untraced(c->observe));
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < o->n_attach && !r; i++) {
		const struct observe_what *w = &o->attach[i];

		if (w->at == OBSERVE_TC)
			r = open_tc(c, w, err, err_size);
		else if (w->at == OBSERVE_XDP)
			r = observe_xdp(c->observe, attach_program_fd(c->attach, "own_xdp"), w, err,
					err_size);
	}
	return r;
}

/* All that is attached elsewhere than at the kernel's own functions. */
static int open_bystanders(struct collect *c, char *err, size_t err_size)
{
	int r = 0;

	if (c->plan.rows[WB_PROBE_OWN_xdp_program].how == HOW_FEXIT)
		r = programs_new(&c->programs, c->attach, &c->opts);
	return r ? r : open_observers(c, err, err_size);
}

static void close_bystanders(struct collect *c)
{
	programs_free(c->programs);
	observe_free(c->observe);
	c->programs = NULL;
	c->observe = NULL;
	c->places = no_places(c);
}

/*
 * What the user asked to be attached stays. A filter asked where a packet dies, after NAT and on
 * another device, would not mean the same.
 */
static bool may_rest(const struct collect *c)
{
	const struct collect_opts *o = &c->opts;

	return o->count && !o->drops && !o->n_attach && !o->n_nft_match && o->match_all &&
	       !o->ifnames[0] && c->plan.rows[WB_PROBE_TP_kfree_skb].how != HOW_NONE;
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
	r = privileges_check(err, err_size);
	if (r)
		goto fail;
	setrlimit(RLIMIT_MEMLOCK, &unlimited); /* kernels before 5.11 count BPF memory here */
	libbpf_set_print(NULL);
	c->modules = kernel_modules();
	r = kernel_open(&c->kernel, err, err_size);
	if (r)
		goto fail;
	r = attach_open(&c->attach, &c->plan, c->kernel, o, err, err_size);
	if (r)
		goto fail;
	kernel_settle(c->kernel);
	r = open_rings(c);
	if (r) {
		snprintf(err, err_size, "the ring buffers can't be mapped: %s", strerror(-r));
		goto fail;
	}
	r = open_bystanders(c, err, err_size);
	if (r)
		goto fail;
	if (may_rest(c)) {
		r = pace_init(&c->pace, attach_n_rings(c->attach), !o->netns[0]);
		if (r)
			goto fail;
	}
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
	uint64_t ignored;

	if (c->observe && observe_is_stale(c->observe))
		collect_refresh(c);
	if (c->observe && collect_observes_netfilter(c))
		observe_rules(c->observe, &c->places);
	if (!read_ns)
		read_ns = &ignored;
	if (c->spool)
		return spool_take(c->spool, fn, arg, read_ns);
	*read_ns = clock_now_ns();
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

bool collect_pace(struct collect *c, uint64_t now_ns)
{
	char err[256];

	if (!c->pace.n_cpus || !pace_is_due(&c->pace, now_ns))
		return false;
	counts_looked(c->attach, c->pace.looked);
	switch (pace_turn(&c->pace, now_ns)) {
	case PACE_AS_IT_IS:
		break;
	case PACE_REST:
		attach_rest(c->attach);
		close_bystanders(c);
		return true;
	case PACE_GO_ON:
		/* a hook that can't be observed any more is one that has gone */
		open_bystanders(c, err, sizeof(err));
		attach_go_on(c->attach, &c->plan);
		break;
	}
	return false;
}

uint64_t collect_rested_ns(const struct collect *c, uint64_t now_ns)
{
	return pace_rested_ns(&c->pace, now_ns);
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
	counts_losses(c->attach, loss);
	if (c->spool)
		loss[WB_LOSS_RING_FULL] += spool_lost(c->spool);
	loss[WB_LOSS_NFT_TRACE] = c->told_lost;
}

uint64_t collect_looked(struct collect *c)
{
	unsigned cpus = attach_n_rings(c->attach);
	uint64_t *n = calloc(cpus, sizeof(*n)), sum = 0;

	if (!n)
		return 0;
	counts_looked(c->attach, n);
	for (unsigned i = 0; i < cpus; i++)
		sum += n[i];
	free(n);
	return sum;
}

uint64_t collect_misses(struct collect *c)
{
	return attach_recursion_misses(c->attach);
}

void collect_told(struct collect *c, nft_trace_fn fn, void *arg)
{
	if (c->opts.n_nft_match)
		c->told_lost += observe_told(c->observe, fn, arg);
}

bool collect_traces_nft(const struct collect *c)
{
	return c->opts.n_nft_match && rules_unseen(c);
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
	pace_clear(&c->pace);
	free((void *)c->opts.l2);
	free((void *)c->opts.l3);
	free(c);
}
