/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A chain of rules for all ways that lead to it. Where a condition can't be told both ways are
 * taken; they join again at the next rule, and what is known there is what holds on both.
 */
#include "firewall/walk_rule.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/lookup.h"
#include "firewall/xt.h"

#define STEPS_MAX    4000000
#define DEPTH_MAX    20 /* the kernel's is 16 */
#define ENDS_MAX     512
#define VERDICTS_MAX 256

void fw_path_add(struct path *to, const struct fw_state *s)
{
	if (to->reached)
		fw_state_join(&to->s, s);
	else
		to->s = *s;
	to->reached = true;
}

void fw_give_up(struct walk *w, const char *why)
{
	if (!w->ret->incomplete)
		w->ret->why = why;
	w->ret->incomplete = true;
}

bool fw_step(struct walk *w, size_t cost)
{
	w->steps += cost;
	if (w->steps <= STEPS_MAX)
		return true;
	fw_give_up(w, "the rules are too many to be walked");
	return false;
}

void fw_end_add(struct walk *w, enum fw_kind kind, const struct fw_chain *c,
		const struct fw_rule *rule, const struct fw_expr *by, bool sure)
{
	struct fw_result *r = w->ret;

	w->n_ends++;
	if (w->silent)
		return;
	for (size_t i = 0; i < r->n_ends; i++) {
		struct fw_end *e = &r->ends[i];

		if (e->kind == kind && e->chain == c && e->rule == rule && e->base == w->base) {
			e->sure |= sure;
			return;
		}
	}
	if (r->n_ends == ENDS_MAX) {
		fw_give_up(w, "too many rules are possible");
		return;
	}
	if (!(r->n_ends & (r->n_ends - 1)))
		r->ends = realloc(r->ends, (r->n_ends ? 2 * r->n_ends : 1) * sizeof(*r->ends));
	if (!r->ends)
		abort();
	r->ends[r->n_ends++] = (struct fw_end){kind, w->base, c, rule, sure, by};
}

bool fw_mark_fits(const struct walk *w, const struct fw_state *s)
{
	const uint8_t *mark = (const uint8_t *)&w->of->end_mark;

	for (size_t i = 0; i < 4 && w->of->end_mark_known; i++)
		if ((s->misc.v[AT_MARK + i] ^ mark[i]) & s->misc.known[AT_MARK + i])
			return false;
	return true;
}

/* Where a rule stands, and where from there the ways lead. */
struct place {
	struct walk *w;
	const struct fw_chain *c;
	const struct fw_rule *rule;
	const struct fw_expr *by;
	struct path *next; /* rule */
	struct path *out;  /* of the chain */
	bool *escaped;
	int depth;
};

static void end(const struct place *p, enum fw_kind kind, bool sure)
{
	fw_end_add(p->w, kind, p->c, p->rule, p->by, sure);
}

static void verdict(const struct place *p, const struct fw_verdict *v, const struct fw_state *s,
		    bool sure)
{
	struct path in = {.reached = true, .sure = sure, .s = *s}, sub = {0};

	switch (v->code) {
	case FW_ACCEPT:
		end(p, FW_END_ACCEPT, sure);
		fw_path_add(&p->w->accepted, s);
		return;
	case FW_DROP:
		if (sure || fw_mark_fits(p->w, s))
			end(p, FW_END_DROP, sure);
		return;
	case FW_CONTINUE:
	case FW_BREAK:
		fw_path_add(p->next, s);
		return;
	case FW_RETURN:
		*p->escaped = true;
		fw_path_add(p->out, s);
		return;
	case FW_JUMP:
	case FW_GOTO:
		break;
	default:
		end(p, FW_END_UNKNOWN, sure);
		return;
	}
	if (!v->chain || p->depth >= DEPTH_MAX) {
		fw_give_up(p->w, "a chain that is jumped to could not be read");
		return;
	}
	fw_walk_chain(p->w, v->chain, &in, &sub, p->depth + 1);
	if (v->code == FW_GOTO)
		*p->escaped = true;
	if (sub.reached)
		fw_path_add(v->code == FW_GOTO ? p->out : p->next, &sub.s);
}

struct verdicts {
	struct {
		struct fw_verdict v;
		enum tri m;
	} of[VERDICTS_MAX];
	size_t n;
	bool over;
};

static void add_verdict(void *arg, const struct fw_elem *e, enum tri m)
{
	struct verdicts *all = arg;

	for (size_t i = 0; i < all->n; i++)
		if (all->of[i].v.code == e->verdict.code &&
		    all->of[i].v.chain == e->verdict.chain) {
			all->of[i].m = m == YES ? YES : all->of[i].m;
			return;
		}
	if (all->n == VERDICTS_MAX) {
		all->over = true;
		return;
	}
	all->of[all->n].v = e->verdict;
	all->of[all->n++].m = m;
}

/* NO: no element's verdict was taken, UNKNOWN: perhaps none. */
static enum tri verdict_map(const struct place *p, const struct fw_expr *e,
			    const struct fw_state *s, bool sure)
{
	struct verdicts all = {.n = 0};
	size_t cost;
	enum tri m = fw_lookup(e->set, &s->regs, e->sreg, add_verdict, &all, &cost);

	if (!fw_step(p->w, cost))
		return UNKNOWN;
	if (all.over)
		fw_give_up(p->w, "too many elements of a map are possible");
	if (!e->set || !e->set->readable)
		fw_give_up(p->w, "a map of verdicts could not be read");
	for (size_t i = 0; i < all.n; i++)
		verdict(p, &all.of[i].v, s, sure && all.of[i].m == YES);
	if (m == UNKNOWN && !all.n)
		end(p, FW_END_UNKNOWN, false);
	return m;
}

/* A translation is made behind the chain. */
static void translated(struct fw_state *s)
{
	bits_forget(&s->net, s->net.v[0] >> 4 == 6 ? 8 : 10, s->net.v[0] >> 4 == 6 ? 32 : 10);
	bits_forget(&s->l4, 0, 4);
}

static void queue(const struct place *p, const struct fw_state *s, bool sure)
{
	struct fw_state any = *s;

	end(p, FW_END_QUEUE, sure);
	/* whoever reads the queue may let it go on */
	fw_state_forget_all(&any, p->w->of);
	fw_path_add(&p->w->accepted, &any);
	p->w->queued = true;
}

static bool not_tcp(const struct fw_subject *of)
{
	return !(of->varies & FW_VARIES_PROTO) && of->packet->family &&
	       of->packet->proto != IPPROTO_TCP;
}

/* An end that an extension's target gives. */
static void target_end(const struct place *p, enum fw_kind kind, struct fw_state *s, bool sure)
{
	if (kind == FW_END_QUEUE) {
		queue(p, s, sure);
		return;
	}
	if (kind == FW_END_NAT || kind == FW_END_ACCEPT) {
		end(p, FW_END_ACCEPT, sure);
		if (kind == FW_END_NAT) {
			end(p, FW_END_NAT, false);
			translated(s);
		}
		fw_path_add(&p->w->accepted, s);
		return;
	}
	/* what is no handshake goes on at the next table */
	if (kind == FW_END_PROXY)
		fw_path_add(&p->w->accepted, s);
	end(p, kind, sure);
}

/* What an expression with a verdict leaves of the way through the rule, as fw_eval() says it. */
static enum tri decides(const struct place *p, const struct fw_expr *e, struct fw_state *s,
			bool sure, bool *ends)
{
	enum fw_kind kind = FW_END_UNKNOWN;
	enum tri m;

	*ends = true;
	switch (e->op) {
	case FW_VERDICT:
		verdict(p, &e->verdict, s, sure);
		return YES;
	case FW_LOOKUP:
		m = verdict_map(p, e, s, sure);
		return m;
	case FW_REJECT:
		if (sure || fw_mark_fits(p->w, s))
			end(p, FW_END_REJECT, sure);
		return YES;
	case FW_STEAL:
		end(p, FW_END_STOLEN, sure);
		return YES;
	case FW_NAT:
		target_end(p, FW_END_NAT, s, sure);
		return YES;
	case FW_QUEUE:
		queue(p, s, sure);
		return YES;
	case FW_SYNPROXY:
		*ends = false;
		if (not_tcp(p->w->of))
			return NO;
		end(p, FW_END_PROXY, false);
		return UNKNOWN;
	case FW_XT_TARGET:
		m = fw_xt_target(e, s, &kind);
		*ends = m == NO;
		if (m != YES)
			target_end(p, kind, s, sure && m == NO);
		return m == NO ? YES : m;
	default: /* not understood */
		*ends = false;
		end(p, FW_END_UNKNOWN, false);
		fw_state_forget_all(s, p->w->of);
		return UNKNOWN;
	}
}

static bool gives_verdict(const struct fw_expr *e)
{
	switch (e->op) {
	case FW_UNKNOWN:
	case FW_VERDICT:
	case FW_REJECT:
	case FW_STEAL:
	case FW_NAT:
	case FW_QUEUE:
	case FW_SYNPROXY:
	case FW_XT_TARGET:
		return true;
	case FW_LOOKUP:
		return e->how == 1;
	default:
		return false;
	}
}

/* at: who comes to the rule; afterwards who comes to the next one. */
static void walk_rule(struct place *p, struct path *at)
{
	bool alive = true, sure = at->sure;
	struct path *stopped = p->next;

	for (size_t i = 0; i < p->rule->n_exprs && alive; i++) {
		const struct fw_expr *e = &p->rule->exprs[i];
		bool ends = false;
		enum tri m;

		if (!fw_step(p->w, 1)) {
			at->reached = false;
			return;
		}
		p->by = e;
		m = gives_verdict(e) ? decides(p, e, &at->s, sure, &ends)
				     : fw_eval(p->w, &at->s, e);
		if (m != YES && !(m == NO && !stopped->reached))
			fw_path_add(stopped, &at->s);
		if (m == NO && !stopped->reached)
			return; /* all stop here: they are at the next rule as they are */
		alive = m != NO && !ends;
		sure = sure && m == YES;
	}
	if (alive)
		fw_path_add(stopped, &at->s);
	at->reached = stopped->reached;
	if (stopped->reached)
		at->s = stopped->s;
}

void fw_walk_chain(struct walk *w, const struct fw_chain *c, const struct path *in,
		   struct path *out, int depth)
{
	size_t ends = w->n_ends;
	struct path at = *in;
	bool escaped = false;

	out->reached = false;
	for (size_t i = 0; i < c->n_rules && at.reached; i++) {
		struct path next = {.reached = false};
		struct place p = {.w = w,
				  .c = c,
				  .next = &next,
				  .rule = &c->rules[i],
				  .out = out,
				  .escaped = &escaped,
				  .depth = depth};

		at.sure = in->sure && w->n_ends == ends && !escaped;
		walk_rule(&p, &at);
	}
	if (at.reached)
		fw_path_add(out, &at.s);
	out->sure = in->sure && w->n_ends == ends;
}
