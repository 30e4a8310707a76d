/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rule, policy or part of netfilter dropped a packet, where no probe could say: all rules at
 * the hook that can have done it for this packet. One is named, several are candidates.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "resolve/decide.h"
#include "resolve/ruleset.h"

#define SUSPECTS_MAX 16
static enum decider_kind kind_of(const struct suspect *s)
{
	if (!s->rule)
		return s->chain->legacy ? DECIDER_IPTABLES_POLICY : DECIDER_NFT_POLICY;
	if (s->rule->action == RULE_QUEUE)
		return DECIDER_NFQUEUE;
	return s->chain->legacy ? DECIDER_IPTABLES_RULE : DECIDER_NFT_RULE;
}

/* The number stands behind "to", "num" or "--queue-num"; without one it is queue 0. */
static void set_queue(struct decider *d, const char *rule)
{
	static const char *const words[] = {"queue to ", " num ", "--queue-num "};
	long number = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *p = strstr(rule, words[i]);

		if (p)
			number = strtol(p + strlen(words[i]), NULL, 10);
	}
	decider_set_number(d, "queue", number);
}

static struct decider *to_decider(const struct suspect *s)
{
	bool legacy = s->chain->legacy;
	struct decider *d = decider_new(kind_of(s));

	if (!d)
		return NULL;
	decider_set_text(d, "family", s->chain->family);
	decider_set_text(d, "table", s->chain->table);
	decider_set_text(d, "chain", s->chain->name);
	if (s->rule && legacy)
		decider_set_number(d, "rule_number", s->rule->number);
	else if (s->rule)
		decider_set_number(d, "handle", s->rule->handle);
	if (s->rule)
		decider_set_text(d, "rule", s->rule->text);
	if (d->kind == DECIDER_NFQUEUE)
		set_queue(d, s->rule->text);
	return d;
}

static const struct {
	enum wb_station station;
	const char *hook, *family; /* family NULL: the packet's own */
} hooks[] = {
	{WB_STATION_NF_PREROUTING, "prerouting", NULL},
	{WB_STATION_NF_INPUT, "input", NULL},
	{WB_STATION_NF_FORWARD, "forward", NULL},
	{WB_STATION_NF_OUTPUT, "output", NULL},
	{WB_STATION_NF_POSTROUTING, "postrouting", NULL},
	{WB_STATION_NF_BRIDGE_PREROUTING, "prerouting", "bridge"},
	{WB_STATION_NF_BRIDGE_INPUT, "input", "bridge"},
	{WB_STATION_NF_BRIDGE_FORWARD, "forward", "bridge"},
	{WB_STATION_NF_BRIDGE_OUTPUT, "output", "bridge"},
	{WB_STATION_NF_BRIDGE_POSTROUTING, "postrouting", "bridge"},
	{WB_STATION_NF_NETDEV_INGRESS, "ingress", "netdev"},
	{WB_STATION_NF_NETDEV_EGRESS, "egress", "netdev"},
};

/* Devices of the packet at the hook, as far as the steps tell. */
static void devices(const struct journey *j, const char **in, const char **out)
{
	*in = *out = NULL;
	for (size_t i = 0; i < j->n_steps; i++) {
		const struct step *s = &j->steps[i];

		if (s->at.netns_inum != j->drop.at.netns_inum)
			continue;
		if (s->station == WB_STATION_RX)
			*in = s->at.dev;
		if (s->route.has && s->route.out_dev[0])
			*out = s->route.out_dev;
		if (s->station == WB_STATION_NF_OUTPUT || s->station == WB_STATION_NF_POSTROUTING)
			*out = s->at.dev;
	}
	if (j->drop.station == WB_STATION_NF_NETDEV_EGRESS && j->drop.at.dev[0])
		*out = j->drop.at.dev;
}

/*
 * The connection's state at a hook that conntrack stands before; no entry there means invalid.
 * At PREROUTING and OUTPUT the packet is seen before conntrack has looked at it.
 */
static const char *ct_state(const struct journey *j)
{
	static const char *const states[] = {"established", "related", "new", "established",
					     "related",	    NULL,      NULL,  "untracked"};
	const enum wb_station at = j->drop.station;
	const struct step *s;

	if (at != WB_STATION_NF_INPUT && at != WB_STATION_NF_FORWARD &&
	    at != WB_STATION_NF_POSTROUTING)
		return NULL;
	s = decide_step_at(j, at);
	if (!s)
		return NULL;
	return s->ct.has ? states[s->ct.raw.info & 7] : "invalid";
}

/* Since 6.7 nftables frees what it drops in nft_do_chain, also for a policy. */
static bool frees_inside(void)
{
	unsigned major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 7);
}

/* Everything else dies in nf_hook_slow: legacy tables, conntrack, NAT, a queue that nobody reads.
 */
static bool excluded(const struct journey *j, const struct suspect *s)
{
	bool nft_drop = !s->chain->legacy && (!s->rule || s->rule->action != RULE_QUEUE);

	if (!strcmp(j->drop.location, "nft_do_chain"))
		return !nft_drop;
	return nft_drop && frees_inside();
}

struct search {
	struct names *n;
	/* asked for once: what was found points into it, and it is read anew when it is old */
	const struct ruleset *rules;
	const struct journey *j;
	struct suspect found[SUSPECTS_MAX];
	size_t n_found;
	enum wb_station station; /* of the first one found */
};

static void search_hook(struct search *s, size_t row)
{
	const struct wb_packet *p = journey_last_packet(s->j);
	const char *family = hooks[row].family;
	struct subject of = {.p = p, .ct_state = ct_state(s->j), .varies = s->j->varies};
	struct suspect some[SUSPECTS_MAX];
	size_t n;

	if (!family)
		family = p->family == 6 ? "ip6" : "ip";
	devices(s->j, &of.in_dev, &of.out_dev);
	n = ruleset_suspects(s->rules, family, hooks[row].hook, &of, some, SUSPECTS_MAX);
	for (size_t i = 0; i < n && s->n_found < SUSPECTS_MAX; i++) {
		if (excluded(s->j, &some[i]))
			continue;
		if (!s->n_found)
			s->station = hooks[row].station;
		s->found[s->n_found++] = some[i];
	}
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

/* A hook that the packet may have been at, for all that is known of its way. */
static bool may_have_been_at(const struct journey *j, enum wb_station hook)
{
	if (!j->end_only)
		return false;
	return j->n_steps ? hook != WB_STATION_NF_OUTPUT
			  : hook == WB_STATION_NF_OUTPUT || hook == WB_STATION_NF_POSTROUTING;
}

/*
 * Several is no answer, and one whose condition can't be judged is none where also conntrack or a
 * program may have done it; only then are there candidates.
 */
static struct decider *conclude(struct search *s)
{
	bool in_chain = !strcmp(s->j->drop.location, "nft_do_chain");
	struct decider *d, *first = to_decider(&s->found[0]);
	bool sure = s->n_found == 1 &&
		    (in_chain || s->found[0].certain || !decide_other_may(s->n, s->j));

	if (sure) {
		decider_set_text(first, "found", "the only rule here that can have dropped it");
		return first;
	}
	d = first ? decider_new(first->kind) : NULL;
	if (!d) {
		decider_unref(first);
		return NULL;
	}
	decider_add_candidate(d, first);
	for (size_t i = 1; i < s->n_found; i++)
		decider_add_candidate(d, to_decider(&s->found[i]));
	if (!in_chain)
		decide_add_others(d, s->n, s->j);
	return d;
}

struct decider *decide_netfilter(struct names *n, struct journey *j)
{
	struct search s = {.n = n, .j = j, .rules = ruleset_of(n, j->drop.at.netns_inum)};
	size_t rows = sizeof(hooks) / sizeof(hooks[0]);
	struct decider *d;

	for (size_t i = 0; i < rows; i++)
		if (hooks[i].station == j->drop.station || may_have_been_at(j, hooks[i].station) ||
		    (j->drop.station == WB_STATION_CONNTRACK &&
		     hooks[i].station == WB_STATION_NF_PREROUTING))
			search_hook(&s, i);
	/* bridge and netdev hooks have no observers: they may be where an inferred one is not */
	for (size_t i = 0; i < rows && !s.n_found && !hook_was_seen(j); i++)
		if (hooks[i].family)
			search_hook(&s, i);
	if (!s.n_found && j->end_only)
		return NULL;
	if (!s.n_found)
		return strcmp(j->drop.location, "nft_do_chain") ? decide_others(n, j) : NULL;
	d = conclude(&s);
	if (d && j->drop.station != s.station && j->drop.station != WB_STATION_CONNTRACK) {
		j->drop.station = s.station;
		decider_set_text(d, "station", station_name(s.station));
	}
	return d;
}

/* A rule that queues let others drop. */
static void take_rule(struct decider *d, const struct rule *r)
{
	decider_set_text(d, "rule", r->text);
	if (r->action != RULE_QUEUE)
		return;
	d->kind = DECIDER_NFQUEUE;
	set_queue(d, r->text);
}

void decide_rule_text(struct names *n, const struct journey *j, struct decider *d)
{
	const struct ruleset *r;
	const char *table = decider_text(d, "table"), *chain = decider_text(d, "chain");
	const char *family = decider_text(d, "family");
	bool legacy = d->kind == DECIDER_IPTABLES_RULE;
	uint64_t id = decider_number(d, legacy ? "rule_number" : "handle", 0);

	if ((d->kind != DECIDER_NFT_RULE && !legacy) || !table || !chain || !family ||
	    decider_text(d, "rule"))
		return;
	r = ruleset_of(n, j->drop.at.netns_inum);
	for (size_t i = 0; i < r->n; i++) {
		const struct chain *c = &r->chains[i];

		if (c->legacy != legacy || strcmp(c->family, family) || strcmp(c->table, table) ||
		    strcmp(c->name, chain))
			continue;
		for (size_t k = 0; k < c->n_rules; k++)
			if ((legacy ? c->rules[k].number : c->rules[k].handle) == id)
				take_rule(d, &c->rules[k]);
	}
}
