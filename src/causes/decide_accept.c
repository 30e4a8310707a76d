/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule let a packet pass a hook: whoever wonders why a later rule never saw it needs to know.
 * The walk tells which may have been it, and counters which have not.
 */
#include <linux/netfilter/nf_conntrack_common.h>
#include <stdio.h>

#include "causes/decide.h"
#include "causes/decide_subject.h"
#include "causes/suspects.h"
#include "util/text.h"

static const struct subject_hook *hook_of(enum wb_station s)
{
	for (const struct subject_hook *h = subject_hooks; h->station; h++)
		if (h->station == s)
			return h;
	return NULL;
}

/* Only a connection's first packet is shown to a chain of type nat. */
static bool is_shown(const struct step *s, const struct fw_chain *base)
{
	return base->type != FW_TYPE_NAT || !s->ct.has ||
	       s->ct.raw.info % IP_CT_IS_REPLY != IP_CT_ESTABLISHED;
}

/*
 * Who of one base chain accepted it: one that is certain, or candidates, or, where no rule did, its
 * policy. NULL: nobody. at: its first end, set to that of the next base chain.
 */
static struct decider *by_chain(struct names *n, struct ruleset *r, const struct journey *j,
				const struct fw_result *walk, size_t *at)
{
	const struct fw_chain *base = walk->ends[*at].base;
	const struct fw_end *policy = NULL;
	struct suspects found = {0};
	struct decider *d = NULL, *all;

	for (; *at < walk->n_ends && walk->ends[*at].base == base; ++*at) {
		const struct fw_end *e = &walk->ends[*at];

		if (e->kind == FW_END_ACCEPT && e->rule)
			suspects_add(&found, e);
		else if (e->kind == FW_END_ACCEPT)
			policy = e;
	}
	/* that of a chain without rules says nothing */
	if (!found.n && policy && base->n_rules && base->type == FW_TYPE_FILTER)
		return decide_end(n, r, policy);
	suspects_judge(&found, j, r);
	for (size_t i = 0; i < found.n; i++)
		decide_add_suspect(&d, decide_end(n, r, &found.of[i]));
	/* the one that may have done it need not have: others go on, or the policy accepts */
	if (found.n == 1 && !found.of[0].sure && found.grown <= 0) {
		all = decider_new(d->kind);
		decider_add_candidate(all, d);
		d = all;
	}
	if (d)
		suspects_evidence(&found, d);
	suspects_free(&found);
	return d;
}

/* What stands at the hook behind the first that is told has accepted it, too. */
static void also(struct step *s, struct decider *d)
{
	char words[96];

	text_append(s->note, sizeof(s->note), "%sand %s", s->note[0] ? ", " : "",
		    decider_words(d, words, sizeof(words)));
	decider_unref(d);
}

static bool is_policy(const struct decider *d)
{
	return d && (d->kind == DECIDER_NFT_POLICY || d->kind == DECIDER_IPTABLES_POLICY);
}

static void by_rules(struct names *n, struct ruleset *r, const struct journey *j,
		     const struct subject_hook *hook, struct step *s)
{
	struct fw_subject of;
	struct fw_result walk;

	subject_at(j, hook, &of);
	subject_types(n, r->f, j, &of);
	fw_walk(r->f, &of, &walk);
	for (size_t at = 0; at < walk.n_ends && !walk.incomplete;) {
		bool shown = is_shown(s, walk.ends[at].base);
		struct decider *d = by_chain(n, r, j, &walk, &at);

		if (!shown) {
			decider_unref(d);
		} else if (d && is_policy(s->decider) && !is_policy(d)) { /* who says more */
			decider_unref(s->decider);
			s->decider = d;
		} else if (d && s->decider) {
			also(s, d);
		} else if (d) {
			s->decider = d;
		}
	}
	fw_result_free(&walk);
}

void decide_accepts(struct names *n, struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		struct step *s = &j->steps[i];
		const struct subject_hook *hook = hook_of(s->station);
		struct journey until = *j; /* as it was at this step */
		struct ruleset *r;

		if (!hook || s->verdict != VERDICT_ACCEPT || s->decider)
			continue;
		r = ruleset_of(n, s->at.netns_inum, j->ts_ns + j->duration_ns);
		until.n_steps = i + 1;
		until.drop = (struct drop){.station = s->station, .at = s->at};
		until.has_icmp = false;
		if (r)
			by_rules(n, r, &until, hook, s);
	}
}
