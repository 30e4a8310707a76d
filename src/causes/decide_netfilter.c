/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule, policy or part of netfilter dropped a packet, where no probe could say: all ends that
 * the walk through the rules leaves open, less what evidence refutes. One is named, several are
 * candidates. Who the packet is to the rules is in decide_subject.c.
 */
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/decide_subject.h"
#include "causes/drop_place.h"
#include "causes/possible_hooks.h"
#include "host/listing.h"
#include "causes/ruleset.h"
#include "causes/suspects.h"
#include "causes/unjudged.h"

static enum decider_kind kind_of(const struct fw_end *e)
{
	if (!e->rule)
		return e->chain->legacy ? DECIDER_IPTABLES_POLICY : DECIDER_NFT_POLICY;
	if (e->kind == FW_END_QUEUE)
		return DECIDER_NFQUEUE;
	return e->chain->legacy ? DECIDER_IPTABLES_RULE : DECIDER_NFT_RULE;
}

/* The number stands behind "to", "num" or "--queue-num"; without one it is queue 0. */
static void set_queue(struct decider *d, const char *rule)
{
	static const char *const words[] = {"queue to ", " num ", "--queue-num "};
	long number = 0;

	for (size_t i = 0; rule && i < sizeof(words) / sizeof(words[0]); i++) {
		const char *p = strstr(rule, words[i]);

		if (p)
			number = strtol(p + strlen(words[i]), NULL, 10);
	}
	decider_set_number(d, "queue", number);
}

struct decider *decide_end(struct names *n, struct ruleset *r, const struct fw_end *e)
{
	bool legacy = e->chain->legacy;
	struct decider *d = decider_new(kind_of(e));
	const char *text = e->rule ? ruleset_text(n, r, e->chain, e->rule) : NULL;

	if (!d)
		return NULL;
	decider_set_text(d, "family", firewall_family(e->chain->family));
	decider_set_text(d, "table", e->chain->table);
	decider_set_text(d, "chain", e->chain->name);
	if (e->rule && legacy)
		decider_set_number(d, "rule_number", e->rule->number);
	else if (e->rule)
		decider_set_number(d, "handle", e->rule->handle);
	else
		decider_set_text(d, "policy", e->kind == FW_END_ACCEPT ? "accept" : "drop");
	if (text)
		decider_set_text(d, "rule", text);
	if (d->kind == DECIDER_NFQUEUE && e->by && e->by->op == FW_QUEUE && !legacy)
		decider_set_number(d, "queue", e->by->key);
	else if (d->kind == DECIDER_NFQUEUE)
		set_queue(d, text);
	return d;
}

/* Since 6.7 nftables frees what it drops in nft_do_chain, also for a policy. */
static bool frees_inside(struct names *n)
{
	json_t *release = names_ask(n, 0, HOST_ASK_kernel, NULL);
	const char *text = json_string_value(release);
	unsigned major = 0, minor = 0;
	bool known = text && sscanf(text, "%u.%u", &major, &minor) == 2;

	json_decref(release);
	return known && (major > 6 || (major == 6 && minor >= 7));
}

/* Everything else dies in nf_hook_slow: legacy tables, conntrack, NAT, a queue that nobody reads.
 */
static bool excluded(struct names *n, const struct journey *j, const struct fw_end *e, bool nat)
{
	bool nft_drop = !e->chain->legacy && e->kind != FW_END_QUEUE;

	if (!fw_end_kills(e) || e->kind == FW_END_STOLEN)
		return true;
	if (e->kind == FW_END_NAT)
		return !nat || e->chain->legacy;
	if (drop_place_unread(&j->drop))
		return false; /* it may have been freed in the one place or the other */
	if (!strcmp(j->drop.location, "nft_do_chain"))
		return !nft_drop;
	return nft_drop && frees_inside(n);
}

struct search {
	struct names *n;
	/* asked for once: what was found points into it, and it is read anew when it is old */
	struct ruleset *rules;
	struct journey *j;
	struct suspects found;
	uint64_t hooks;		 /* where it can have been, whatever these rules say */
	enum wb_station station; /* of the first one found */
	bool incomplete;
	char why[96];
};

/* nat: also the rules that translate, which drop what they have no address for. */
static void search_hook(struct search *s, const struct subject_hook *hook, bool nat)
{
	struct fw_subject of;
	struct fw_result r;

	if (!subject_meets(s->j, hook))
		return;
	subject_at(s->j, hook, &of);
	subject_types(s->n, s->rules->f, s->j, &of);
	fw_walk(s->rules->f, &of, &r);
	for (size_t i = 0; i < r.n_ends; i++) {
		if (excluded(s->n, s->j, &r.ends[i], nat))
			continue;
		if (!s->found.n)
			s->station = hook->station;
		suspects_add(&s->found, &r.ends[i]);
	}
	if (r.incomplete && !s->incomplete)
		snprintf(s->why, sizeof(s->why), "%s", r.why);
	s->incomplete |= r.incomplete;
	if (r.passes == NO && !r.incomplete)
		hooks_end_at(s->j, hook->station);
	fw_result_free(&r);
}

/* Did a probe see the packet at this hook, or is it only inferred from where it was before? */
static bool hook_was_seen(const struct journey *j)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (j->steps[i].station == j->drop.station &&
		    j->steps[i].at.netns_inum == j->drop.at.netns_inum)
			return true;
	return false;
}

/*
 * Is one rule left of all that stands at the hook? Whether it fits can't be told, but each of the
 * others is refuted: nothing is registered there besides, or it has dropped nothing so far.
 */
static bool nobody_else(const struct search *s, const struct decider *d)
{
	return d->n_candidates == 1 && s->found.n == 1 && !s->found.more && !s->incomplete &&
	       !s->j->end_only && !s->j->varies && !drop_place_unread(&s->j->drop) &&
	       decide_all_known(s->n, s->j);
}

/*
 * Several is no answer, and one whose condition can't be judged is none where also conntrack or a
 * program may have done it; only then are there candidates.
 */
static struct decider *conclude(struct search *s)
{
	bool in_chain = !strcmp(s->j->drop.location, "nft_do_chain");
	struct suspects *f = &s->found;
	struct decider *d, *first;
	bool sure;

	suspects_judge(f, s->j, s->rules);
	first = decide_end(s->n, s->rules, &f->of[0]);
	sure = f->n == 1 && !s->incomplete && !f->more &&
	       (in_chain || (f->of[0].sure && !hooks_several(s->j)) ||
		!decide_other_may(s->n, s->j));
	if (sure) {
		decider_set_text(first, "found", "the only rule here that can have dropped it");
		suspects_evidence(f, first);
		full_set_hint(first, &f->of[0]);
		return first;
	}
	d = first ? decider_new(first->kind) : NULL;
	if (!d) {
		decider_unref(first);
		return NULL;
	}
	decider_add_candidate(d, first);
	for (size_t i = 1; i < f->n; i++)
		decider_add_candidate(d, decide_end(s->n, s->rules, &f->of[i]));
	if (!in_chain)
		decide_add_others(d, s->n, s->j);
	if (nobody_else(s, d)) {
		first = decider_ref(d->candidates[0]);
		decider_unref(d);
		decider_set_text(first, "found", "the only rule here that can have dropped it");
		decider_add_evidence(first, "nothing else at the hook has dropped a packet");
		suspects_evidence(f, first);
		return first;
	}
	unjudged_hint(d, f);
	if (s->incomplete)
		decider_add_evidence(d, "not all could be read: %s", s->why);
	if (f->more)
		decider_add_evidence(d, "more rules fit than are named here");
	suspects_evidence(f, d);
	return d;
}

static void search_all(struct search *s)
{
	const struct journey *j = s->j;
	bool inside = !strcmp(j->drop.location, "nft_do_chain");

	s->j->drop.hooks = s->hooks;
	for (const struct subject_hook *h = subject_hooks; h->station; h++)
		if (h->station == j->drop.station || hooks_have(hooks_unwatched(j), h->station) ||
		    (j->drop.station == WB_STATION_CONNTRACK &&
		     h->station == WB_STATION_NF_PREROUTING))
			search_hook(s, h, false);
	/* bridge and netdev hooks have no observers: they may be where an inferred one is not; one
	 * that somebody has used since a moment ago has none yet
	 */
	for (const struct subject_hook *h = subject_hooks; h->station && !s->found.n; h++)
		if ((h->pf && (h->pf == NFPROTO_ARP || !hook_was_seen(j))) ||
		    hooks_have(j->drop.hooks, h->station))
			search_hook(s, h, false);
	/* where nftables frees it a rule of its own did; elsewhere that is told as NAT's own matter
	 */
	for (const struct subject_hook *h = subject_hooks;
	     h->station && !s->found.n && !s->incomplete && inside; h++)
		if (h->station == j->drop.station)
			search_hook(s, h, true);
}

/* The same rule of the same table, or its policy, which both readings have. */
static bool same_end(const struct fw_end *a, const struct fw_end *b)
{
	return a->chain->legacy == b->chain->legacy && a->chain->family == b->chain->family &&
	       a->chain->table_handle == b->chain->table_handle &&
	       !strcmp(a->chain->table, b->chain->table) &&
	       !strcmp(a->chain->name, b->chain->name) && !a->rule == !b->rule &&
	       (!a->rule ||
		(a->rule->handle == b->rule->handle && a->rule->number == b->rule->number &&
		 a->rule->n_exprs == b->rule->n_exprs));
}

/* What was certain by these rules alone is a candidate like others. Takes the reference. */
static void add_all(struct decider *to, struct search *s, struct decider *d)
{
	for (size_t i = 0; d && i < d->n_candidates; i++)
		decider_add_candidate(to, decider_ref(d->candidates[i]));
	if (d && !d->n_candidates)
		decider_add_candidate(to, s->found.n ? decide_end(s->n, s->rules, &s->found.of[0])
						     : decider_ref(d));
	decider_unref(d);
}

/*
 * The rules were changed between two looks at them, and it died before the second: the old ones may
 * have done it as well, unless both name the same. Takes the reference.
 */
static struct decider *or_older(struct search *now, struct decider *d)
{
	struct search then = {.n = now->n, .j = now->j, .hooks = now->hooks};
	struct decider *other = NULL, *all;
	struct ruleset older;
	bool same;

	if (!ruleset_changed(now->rules, now->j->ts_ns, &older))
		return d;
	then.rules = &older;
	if (older.f)
		search_all(&then);
	if (then.found.n)
		other = conclude(&then);
	same = d && other && !d->n_candidates && !other->n_candidates && now->found.n &&
	       same_end(&now->found.of[0], &then.found.of[0]);
	all = same || (!d && !other) ? NULL : decider_new(d ? d->kind : other->kind);
	if (all) {
		add_all(all, &then, other);
		add_all(all, now, d);
		decider_add_evidence(all, "the rules were changed between two looks at them, "
					  "before and after it was dropped");
	} else {
		decider_unref(other);
	}
	if (!now->found.n && then.found.n) {
		now->station = then.station;
		now->found = then.found;
	}
	ruleset_older_free(&older);
	return all ? all : d;
}

struct decider *decide_netfilter(struct names *n, struct journey *j)
{
	struct search s = {.n = n, .j = j};
	struct decider *d = NULL;

	s.rules = ruleset_of(n, j->drop.at.netns_inum, j->ts_ns + j->duration_ns);
	if (!s.rules) {
		list_failed(j, "the firewall's rules");
		return NULL;
	}
	if (!hooks_by_tables(n, s.rules->f, j))
		list_failed(j, "whether it was for this host or to be forwarded");
	s.hooks = j->drop.hooks;
	search_all(&s);
	if (!s.found.n && s.incomplete)
		list_failed(j, s.why);
	else if (!s.found.n && !j->end_only && strcmp(j->drop.location, "nft_do_chain") &&
		 journey_last_packet(j)->family)
		d = decide_others(n, j);
	else if (s.found.n)
		d = conclude(&s);
	d = or_older(&s, d);
	if (!d && hooks_several(j))
		list_failed(j, "at which hook it was");
	if (d && s.found.n && j->drop.station != s.station &&
	    j->drop.station != WB_STATION_CONNTRACK) {
		j->drop.station = s.station;
		decider_set_text(d, "station", station_name(s.station));
	}
	suspects_free(&s.found);
	return d;
}

/* A rule that queues lets others drop. */
static void take_rule(struct decider *d, const struct fw_rule *r, const char *text)
{
	if (text)
		decider_set_text(d, "rule", text);
	for (size_t i = 0; i < r->n_exprs; i++)
		if (r->exprs[i].op == FW_QUEUE) {
			d->kind = DECIDER_NFQUEUE;
			decider_set_number(d, "queue", r->exprs[i].key);
		} else if (r->exprs[i].op == FW_XT_TARGET && r->exprs[i].name &&
			   !strcmp(r->exprs[i].name, "NFQUEUE")) {
			d->kind = DECIDER_NFQUEUE;
			set_queue(d, text);
		}
}

void decide_rule_text(struct names *n, const struct journey *j, struct decider *d)
{
	bool legacy = d->kind == DECIDER_IPTABLES_RULE;
	uint64_t id = decider_number(d, legacy ? "rule_number" : "handle", 0);
	const struct fw_rule *rule;
	const struct fw_chain *c;
	struct ruleset *r;

	if ((d->kind != DECIDER_NFT_RULE && !legacy) || decider_text(d, "rule"))
		return;
	r = ruleset_of(n, j->drop.at.netns_inum, 0);
	c = r ? firewall_chain(r->f, legacy, firewall_family_by_name(decider_text(d, "family")),
			       decider_text(d, "table"), decider_text(d, "chain"))
	      : NULL;
	rule = c ? firewall_rule(c, id) : NULL;
	if (rule)
		take_rule(d, rule, ruleset_text(n, r, c, rule));
}
