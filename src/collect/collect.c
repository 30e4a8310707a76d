/* SPDX-License-Identifier: GPL-2.0-only */
/* The face of this room: opens everything in order, reads the rings, counts what was lost. */
#include "collect/collect.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collect/counts.h"
#include "collect/load.h"
#include "collect/privileges.h"
#include "collect/state.h"

#define SPOOL_MAX ((size_t)256 << 20)

static int on_event(void *ctx, void *data, size_t size)
{
	struct collect *c = ctx;
	const struct wb_event *ev = data;

	if (size < sizeof(*ev) || ev->size > size)
		return 0;
	if (c->spool) {
		spool_put(c->spool, ev);
		return 0;
	}
	if (c->look)
		c->look(c->look_arg, ev);
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

int collect_open(struct collect **ret, const struct collect_opts *o, char *err, size_t err_size)
{
	struct collect *c = calloc(1, sizeof(*c));
	int r;

	snprintf(err, err_size, "%s", strerror(ENOMEM)); /* all other errors say more */
	if (!c)
		return -ENOMEM;
	c->told[0] = c->told[1] = c->stats = -1;
	c->shared = mmap(NULL, sizeof(*c->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->shared == MAP_FAILED || (o->n_nft_match && pipe2(c->told, O_CLOEXEC | O_NONBLOCK))) {
		r = -errno;
		goto fail;
	}
	r = keep_opts(c, o);
	if (r)
		goto fail;
	r = privileges_check(err, err_size);
	if (r)
		goto fail;
	privileges_raise_limits();
	libbpf_set_print(NULL);
	c->modules = kernel_modules();
	load_say(o, "the kernel's types are read");
	r = kernel_open(&c->kernel, !o->drops && o->mode != MODE_TRACEPOINT, err, err_size);
	if (r)
		goto fail;
	r = attach_open(&c->attach, &c->plan, c->kernel, o, err, err_size);
	if (r)
		goto fail;
	kernel_settle(c->kernel);
	load_say(o, "network namespaces and others' programs are looked at");
	r = tend_open_bystanders(c, err, err_size);
	if (r)
		goto fail;
	if (may_rest(c)) {
		r = pace_init(&c->shared->pace, attach_n_rings(c->attach), o->budget);
		if (r)
			goto fail;
	}
	c->refresh_ns = clock_now_ns() + REFRESH_NS;
	/* what the loader needed, more than all the rest: each process that comes would copy it */
	malloc_trim(0);
	*ret = c;
	return 0;
fail:
	collect_close(c);
	return r;
}

int collect_consume(struct collect *c, collect_fn fn, void *arg, uint64_t *read_ns)
{
	uint64_t ignored;

	if (!read_ns)
		read_ns = &ignored;
	if (c->spool)
		return spool_take(c->spool, fn, arg, read_ns);
	*read_ns = clock_now_ns();
	c->fn = fn;
	c->arg = arg;
	return ring_buffer__consume(c->rings);
}

void collect_watch(struct collect *c, collect_fn look, void *arg)
{
	c->look = look;
	c->look_arg = arg;
	if (c->spool)
		spool_watch(c->spool, look, arg);
}

void collect_look(struct collect *c)
{
	if (c->spool)
		spool_look(c->spool);
}

void collect_stop(struct collect *c)
{
	if (c->spool)
		spool_stop(c->spool);
}

uint64_t collect_left(const struct collect *c)
{
	return c->spool ? spool_left(c->spool) : 0;
}

int collect_counts(struct collect *c, collect_count_fn fn, void *arg)
{
	return counts_read(c->attach, fn, arg);
}

int collect_slots(struct collect *c, collect_count_fn fn, void *arg)
{
	return counts_read_slots(c->attach, fn, arg);
}

int collect_in_use(struct collect *c, collect_count_fn fn, void *arg)
{
	return counts_in_use(c->attach, fn, arg);
}

bool collect_forget_sums(struct collect *c, uint64_t path)
{
	return counts_forget_sums(c->attach, path);
}

void collect_forget_path(struct collect *c, uint64_t path)
{
	counts_forget_path(c->attach, path);
}

void collect_forget_groups(struct collect *c)
{
	counts_forget_groups(c->attach);
}

int collect_silent(struct collect *c, uint64_t before_ns, collect_count_fn fn, void *arg)
{
	return counts_silent(c->attach, before_ns, fn, arg);
}

static void leave_links(struct collect *c)
{
	attach_leave(c->attach);
	if (c->observe)
		observe_leave(c->observe);
	programs_free(c->programs);
	c->programs = NULL;
}

void collect_leave(struct collect *c)
{
	collect_keep(c);
	leave_links(c);
	if (c->told[1] >= 0)
		close(c->told[1]);
	c->told[1] = -1;
}

int collect_part(struct collect *c)
{
	int r;

	leave_links(c);
	if (c->told[1] >= 0)
		close(c->told[1]);
	c->told[1] = -1;
	r = open_rings(c);
	return r || !c->opts.spool ? r : start_spool(c);
}

bool collect_began_to_rest(struct collect *c)
{
	unsigned rests = c->shared->rests;
	bool began = rests != c->rests;

	c->rests = rests;
	return began;
}

uint64_t collect_rested_ns(const struct collect *c, uint64_t now_ns)
{
	return pace_rested_ns(&c->shared->pace, now_ns);
}

void collect_losses(struct collect *c, uint64_t loss[WB_LOSS_MAX])
{
	counts_losses(c->attach, loss);
	if (c->spool)
		loss[WB_LOSS_RING_FULL] += spool_lost(c->spool);
	loss[WB_LOSS_NFT_TRACE] = c->shared->told_lost;
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

uint64_t collect_needs(struct collect *c)
{
	uint64_t *values = calloc(libbpf_num_possible_cpus(), sizeof(*values));
	uint32_t zero = 0;
	bool refused;

	if (!values || privileges_suspend())
		return 1ULL << CAP_BPF;
	refused = bpf_map_lookup_elem(attach_map_fd(c->attach, "losses"), &zero, values) &&
		  errno == EPERM;
	privileges_resume();
	free(values);
	return refused ? 1ULL << CAP_BPF : 0;
}

uint64_t collect_misses(struct collect *c)
{
	return attach_recursion_misses(c->attach);
}

void collect_told(struct collect *c, nft_trace_fn fn, void *arg)
{
	struct nft_verdict v;

	while (c->told[0] >= 0 && read(c->told[0], &v, sizeof(v)) == sizeof(v))
		fn(arg, &v);
}

const struct plan *collect_plan(const struct collect *c)
{
	return &c->plan;
}

const struct kernel *collect_kernel(const struct collect *c)
{
	return c->kernel;
}

size_t collect_unobserved(const struct collect *c)
{
	return c->shared->unlinked;
}

const char *collect_untraced(const struct collect *c)
{
	return c->shared->untraced;
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
	for (int i = 0; i < 2; i++)
		if (c->told[i] >= 0)
			close(c->told[i]);
	if (c->shared && c->shared != MAP_FAILED) {
		pace_clear(&c->shared->pace);
		munmap(c->shared, sizeof(*c->shared));
	}
	free((void *)c->opts.l2);
	free((void *)c->opts.l3);
	free(c);
}
