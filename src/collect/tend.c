/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is looked after with rights while packets are read without: namespaces, hooks, programs and
 * modules that come and go, and when to rest.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/counts.h"
#include "collect/state.h"

#define TEND_MS 5
#define TOLD_MS 1 /* where nftables tells what becomes of packets */

/* No probe sees the rules themselves. */
static bool rules_unseen(const struct collect *c)
{
	return c->plan.rows[WB_PROBE_FN_nft_do_chain].how == HOW_NONE;
}

bool collect_traces_nft(const struct collect *c)
{
	return c->opts.n_nft_match && rules_unseen(c);
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
				  attach_program_fd(c->attach, "own_tc_cls_out"), w, err, err_size);
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
	if (kernel_open(&k, true, err, sizeof(err)))
		return;
	attach_more(c->attach, &c->plan, k, &c->opts);
	kernel_close(k);
}

static void refresh(struct collect *c)
{
	follow_modules(c);
	if (c->programs)
		programs_scan(c->programs);
	if (c->places.first_fd >= 0 || c->places.n_nft_match)
		observe_namespaces(c->observe, &c->places);
	if (c->observe)
		c->shared->unlinked = observe_n_unlinked(c->observe);
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
		/* a hook that nobody else uses is no station, and costs each packet */
		c->places.busy_fd = attach_program_fd(c->attach, "busy_hooks");
	}
	if (rules_unseen(c)) {
		c->places.nft_match = o->nft_match;
		c->places.n_nft_match = o->n_nft_match;
	}
	refresh(c);
	if (collect_traces_nft(c) && !observe_n_traced(c->observe)) {
		snprintf(err, err_size, "%s", observe_why_untraced(c->observe));
		return -EOPNOTSUPP;
	}
	if (collect_traces_nft(c))
		observe_untraced(c->observe, c->shared->untraced, sizeof(c->shared->untraced));
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

int tend_open_bystanders(struct collect *c, char *err, size_t err_size)
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

static void tend_pace(struct collect *c, uint64_t now_ns)
{
	struct pace *p = &c->shared->pace;
	char err[256];

	if (!p->n_cpus || !pace_is_due(p, now_ns))
		return;
	counts_looked(c->attach, p->looked);
	if (c->stats >= 0) {
		pace_cost(p, now_ns, attach_run_ns(c->attach) - c->ran_ns);
		close(c->stats);
		c->stats = -1;
	}
	switch (pace_turn(p, now_ns)) {
	case PACE_AS_IT_IS:
		break;
	case PACE_REST:
		attach_rest(c->attach);
		close_bystanders(c);
		c->shared->rests++;
		break;
	case PACE_GO_ON:
		/* a hook that can't be observed any more is one that has gone */
		tend_open_bystanders(c, err, sizeof(err));
		attach_go_on(c->attach, &c->plan);
		break;
	}
	if (!p->measures)
		return;
	c->stats = bpf_enable_stats(BPF_STATS_RUN_TIME); /* 5.8 and later */
	c->ran_ns = attach_run_ns(c->attach);
}

/* A pipe takes whole records of this size, or none. */
_Static_assert(sizeof(struct nft_verdict) <= PIPE_BUF, "written at once");

static void pass_on(void *arg, const struct nft_verdict *v)
{
	struct collect *c = arg;

	if (write(c->told[1], v, sizeof(*v)) != sizeof(*v))
		c->shared->told_lost++;
}

void collect_keep(struct collect *c)
{
	if (c->told[0] >= 0)
		close(c->told[0]);
	c->told[0] = -1;
	if (c->observe)
		observe_leave_filters(c->observe);
}

int collect_tend(struct collect *c)
{
	uint64_t now = clock_now_ns();

	if (now >= c->refresh_ns || (c->observe && observe_is_stale(c->observe))) {
		refresh(c);
		c->refresh_ns = clock_now_ns() + REFRESH_NS;
	}
	if (c->observe && collect_observes_netfilter(c))
		observe_rules(c->observe, &c->places);
	if (c->observe && c->told[1] >= 0)
		c->shared->told_lost += observe_told(c->observe, pass_on, c);
	tend_pace(c, now);
	return c->told[1] >= 0 ? TOLD_MS : TEND_MS;
}
