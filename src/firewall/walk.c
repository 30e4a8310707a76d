/* SPDX-License-Identifier: GPL-2.0-only */
/* All chains at a hook, in their order; what one accepts goes to the next. */
#include "firewall/walk.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/walk_rule.h"

#define INGRESS_OF_INET 5
#define CONNTRACK_AT	(-200)
#define DNAT_AT		(-100)
#define SNAT_AT		100

static bool is_ip(uint8_t pf)
{
	return pf == NFPROTO_IPV4 || pf == NFPROTO_IPV6;
}

static bool at_hook(const struct fw_chain *c, const struct fw_subject *of)
{
	if (!c->base || c->dormant)
		return false;
	if (c->family == NFPROTO_INET && of->pf == NFPROTO_NETDEV)
		return c->hook == INGRESS_OF_INET && of->hook == 0;
	if (c->hook != of->hook)
		return false;
	return c->family == of->pf || (c->family == NFPROTO_INET && is_ip(of->pf));
}

/* Is a chain of certain devices for this packet? */
static enum tri device_fits(const struct fw_chain *c, const struct fw_subject *of)
{
	const struct fw_device *d = of->hook == 1 ? &of->out : &of->in;

	if (!c->n_devices && !c->more_devices)
		return YES;
	if (!d->known || d->other)
		return UNKNOWN;
	for (size_t i = 0; i < c->n_devices; i++)
		if (!strcmp(c->devices[i], d->name))
			return YES;
	return c->more_devices ? UNKNOWN : NO;
}

/* Does source (POSTROUTING, INPUT) or destination NAT stand at this hook? */
static bool is_source_nat(uint8_t hook)
{
	return hook == NF_INET_POST_ROUTING || hook == NF_INET_LOCAL_IN;
}

/* Only a connection's first packet is shown to the chains of type nat. */
static enum tri nat_is_asked(const struct fw_subject *of, const struct fw_state *s)
{
	uint32_t done = is_source_nat(of->hook) ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE;

	switch (s->ct) {
	case FW_CT_NONE:
	case FW_CT_UNTRACKED:
		return NO;
	case FW_CT_ENTRY:
		if (of->conn.info % 3 == IP_CT_ESTABLISHED)
			return NO;
		return of->conn.status & (done | IPS_CONFIRMED) ? UNKNOWN : YES;
	default:
		return UNKNOWN;
	}
}

/* One chain: out is who goes on behind it. */
static void walk_base(struct walk *w, const struct fw_chain *c, const struct path *in,
		      struct path *out)
{
	struct path end = {0}, start = *in;
	enum tri asked = c->type == FW_TYPE_NAT ? nat_is_asked(w->of, &in->s) : YES;

	asked = tri_and(asked, device_fits(c, w->of));
	if (asked == NO) {
		*out = *in;
		return;
	}
	start.sure = in->sure && asked == YES;
	w->base = c;
	w->accepted.reached = w->queued = false;
	fw_walk_chain(w, c, &start, &end, 0);
	if (w->queued) { /* a queue's reader may have it begin anew, with another mark */
		struct path anew = {.reached = true}, ignored = {0};

		fw_state_forget_all(&anew.s, w->of);
		fw_walk_chain(w, c, &anew, &ignored, 0);
		if (ignored.reached)
			fw_path_add(&end, &ignored.s);
		end.reached |= ignored.reached;
	}
	if (end.reached) {
		if (c->policy == FW_ACCEPT || end.sure || fw_mark_fits(w, &end.s))
			fw_end_add(w, c->policy == FW_ACCEPT ? FW_END_ACCEPT : FW_END_DROP, c, NULL,
				   NULL, end.sure);
		if (c->policy == FW_ACCEPT)
			fw_path_add(&w->accepted, &end.s);
	}
	*out = w->accepted;
	if (asked == UNKNOWN)
		fw_path_add(out, &in->s);
}

bool fw_end_kills(const struct fw_end *e)
{
	return e->kind != FW_END_ACCEPT;
}

static size_t kills_of(const struct fw_result *r, const struct fw_chain *base)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_ends; i++)
		n += r->ends[i].base == base && fw_end_kills(&r->ends[i]);
	return n;
}

/* Chains of one priority run in an order that is not known. */
static void settle_group(struct fw_result *r, const struct fw_chain *const *group, size_t n)
{
	size_t killers = 0;

	for (size_t i = 0; i < n; i++)
		killers += kills_of(r, group[i]) > 0;
	for (size_t i = 0; i < n && killers; i++)
		for (size_t k = 0; k < r->n_ends; k++)
			if (r->ends[k].base == group[i] &&
			    (killers > 1 || !fw_end_kills(&r->ends[k])))
				r->ends[k].sure = false;
}

static void walk_group(struct walk *w, const struct fw_chain *const *group, size_t n,
		       struct path *at)
{
	struct path out, all = {0}, in = *at;
	size_t kills = 0;
	bool through = true;

	w->silent = n > 1;
	for (size_t i = 0; i < n && n > 1; i++) {
		walk_base(w, group[i], at, &out);
		if (out.reached)
			fw_path_add(&in, &out.s);
	}
	w->silent = false;
	for (size_t i = 0; i < n; i++) {
		walk_base(w, group[i], &in, &out);
		through = through && out.reached;
		kills += kills_of(w->ret, group[i]);
		if (out.reached)
			fw_path_add(&all, &out.s);
	}
	if (n > 1)
		settle_group(w->ret, group, n);
	all.reached = all.reached && through;
	all.sure = at->sure && !kills;
	*at = all;
}

static int by_priority(const void *x, const void *y)
{
	const struct fw_chain *a = *(const struct fw_chain *const *)x,
			      *b = *(const struct fw_chain *const *)y;

	return a->priority < b->priority ? -1 : a->priority > b->priority;
}

static bool any_nat(const struct firewall *f)
{
	for (size_t i = 0; i < f->n_chains; i++)
		if (f->chains[i].base && f->chains[i].type == FW_TYPE_NAT)
			return true;
	return false;
}

/* Between two priorities: conntrack says what it thinks, NAT rewrites. */
static void cross(struct walk *w, struct path *at, int64_t from, int32_t to)
{
	const struct fw_subject *of = w->of;
	bool early = of->hook == NF_INET_PRE_ROUTING || of->hook == NF_INET_LOCAL_OUT;
	int32_t nat = is_source_nat(of->hook) ? SNAT_AT : DNAT_AT;
	struct fw_state fresh;

	if (of->pf == NFPROTO_NETDEV || !at->reached)
		return;
	if (early && from <= CONNTRACK_AT && to > CONNTRACK_AT) {
		fw_state_init(&fresh, of);
		memcpy(at->s.misc.v + AT_CT_MARK, fresh.misc.v + AT_CT_MARK, AT_IN - AT_CT_MARK);
		memcpy(at->s.misc.known + AT_CT_MARK, fresh.misc.known + AT_CT_MARK,
		       AT_IN - AT_CT_MARK);
		at->s.ct = fresh.ct;
	}
	if (of->hook == NF_INET_FORWARD || from > nat || to <= nat || !any_nat(w->f) ||
	    at->s.ct == FW_CT_NONE || at->s.ct == FW_CT_UNTRACKED ||
	    (at->s.ct == FW_CT_ENTRY && of->conn.status & IPS_CONFIRMED &&
	     !(of->conn.status & IPS_NAT_MASK)))
		return;
	bits_forget(&at->s.net, at->s.net.v[0] >> 4 == 6 ? 8 : 10,
		    at->s.net.v[0] >> 4 == 6 ? 32 : 10);
	bits_forget(&at->s.l4, 0, 4);
}

static void walk_hook(struct walk *w, const struct fw_chain **chains, size_t n)
{
	struct path at = {.reached = true, .sure = true};
	int64_t before = INT32_MIN;

	fw_state_init(&at.s, w->of);
	if (w->of->hook == NF_INET_PRE_ROUTING || w->of->hook == NF_INET_LOCAL_OUT)
		fw_state_forget_ct(&at.s);
	for (size_t i = 0, k; i < n && at.reached; i = k) {
		for (k = i + 1; k < n && chains[k]->priority == chains[i]->priority; k++)
			;
		cross(w, &at, before, chains[i]->priority);
		before = chains[i]->priority;
		walk_group(w, chains + i, k - i, &at);
	}
	w->ret->passes = !at.reached ? NO : at.sure ? YES : UNKNOWN;
}

/*
 * What no rule here can have changed was on its way in as it was at its end. Any chain may be
 * jumped to.
 */
static void know_mark(const struct firewall *f, struct fw_subject *of)
{
	uint32_t changed = 0;

	if (!of->end_mark_known)
		return;
	for (size_t i = 0; i < f->n_chains; i++)
		if (!f->chains[i].base || at_hook(&f->chains[i], of))
			changed |= firewall_marks(&f->chains[i]);
	of->mark_known = ~changed;
	of->mark = of->end_mark & ~changed;
}

void fw_walk(const struct firewall *f, const struct fw_subject *of, struct fw_result *ret)
{
	const struct fw_chain **chains = calloc(f->n_chains + 1, sizeof(*chains));
	struct fw_subject local = *of;
	struct walk *w = calloc(1, sizeof(*w));
	size_t n = 0;

	if (!chains || !w)
		abort();
	*ret = (struct fw_result){.passes = UNKNOWN};
	know_mark(f, &local);
	w->f = f;
	w->of = &local;
	w->ret = ret;
	for (size_t i = 0; i < f->n_chains; i++)
		if (at_hook(&f->chains[i], of))
			chains[n++] = &f->chains[i];
	qsort(chains, n, sizeof(*chains), by_priority);
	if (!f->nft_read || (of->pf == NFPROTO_IPV4 && !f->legacy_read[0]) ||
	    (of->pf == NFPROTO_IPV6 && !f->legacy_read[1]))
		fw_give_up(w, f->unread[0] ? f->unread : "not all rules could be read");
	walk_hook(w, chains, n);
	free(chains);
	free(w);
}

void fw_result_free(struct fw_result *r)
{
	free(r->ends);
	*r = (struct fw_result){0};
}
