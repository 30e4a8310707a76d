/* SPDX-License-Identifier: GPL-2.0-only */
/* A firewall walked for one packet: which of its rules can have dropped it. */
#include <string.h>

#include "resolve/ruleset.h"

#define DEPTH_MAX 16

struct walk {
	const struct ruleset *r;
	const struct subject *s;
	struct suspect *ret;
	size_t n, max;
	bool doubt; /* a condition before this point could not be judged */
};

/* What becomes of a packet in a chain. */
enum way {
	WAY_ON,	 /* to the next rule */
	WAY_OUT, /* out at the chain's end */
	WAY_END	 /* it certainly has its verdict */
};

static void suspect(struct walk *w, const struct chain *c, const struct rule *rule, bool matches)
{
	if (w->n < w->max)
		w->ret[w->n++] = (struct suspect){c, rule, matches && !w->doubt};
}

static enum way walk_chain(struct walk *w, const struct chain *c, int depth);

/* A rule, or an element of its map, that matches (1) or may (-1). */
static enum way take(struct walk *w, const struct chain *c, const struct rule *rule,
		     enum rule_action action, const char *target, int m, int depth)
{
	const struct chain *to;

	if (m < 0 && action != RULE_DROP && action != RULE_REJECT)
		w->doubt = true;
	switch (action) {
	case RULE_DROP:
	case RULE_REJECT:
	case RULE_QUEUE:
		suspect(w, c, rule, m > 0);
		break;
	case RULE_PROXY:
		suspect(w, c, rule, false);
		w->doubt = true;
		return WAY_ON;
	case RULE_JUMP:
	case RULE_GOTO:
		to = ruleset_chain(w->r, c->legacy, c->family, c->table, target);
		if (to && walk_chain(w, to, depth + 1) == WAY_END && m > 0)
			return WAY_END;
		/* nothing leads back from where it was sent by goto */
		return action == RULE_GOTO && m > 0 ? WAY_OUT : WAY_ON;
	case RULE_RETURN:
		return m > 0 ? WAY_OUT : WAY_ON;
	case RULE_ACCEPT:
		break;
	case RULE_NONE:
	case RULE_MAP:
		return WAY_ON;
	}
	return m > 0 ? WAY_END : WAY_ON;
}

static enum way take_map(struct walk *w, const struct chain *c, const struct rule *rule, int m,
			 int depth)
{
	/* a map that can't be looked at may hold any verdict */
	if (!rule->n_elements) {
		suspect(w, c, rule, false);
		w->doubt = true;
	}
	for (size_t i = 0; i < rule->n_elements; i++) {
		const struct element *e = &rule->elements[i];
		int k = rule_map_matches(rule, e->key, w->s);
		enum way way;

		if (!k)
			continue;
		way = take(w, c, rule, e->action, e->target, m > 0 && k > 0 ? 1 : -1, depth);
		if (way != WAY_ON)
			return way;
	}
	return WAY_ON;
}

static enum way walk_chain(struct walk *w, const struct chain *c, int depth)
{
	for (size_t i = 0; i < c->n_rules && depth < DEPTH_MAX; i++) {
		const struct rule *rule = &c->rules[i];
		int m = rule_matches(rule, c->legacy, w->s);
		enum way way;

		if (!m)
			continue;
		way = rule->action == RULE_MAP
			      ? take_map(w, c, rule, m, depth)
			      : take(w, c, rule, rule->action, rule->target, m, depth);
		if (way != WAY_ON)
			return way;
	}
	return WAY_OUT;
}

static bool family_fits(const char *chain, const char *wanted)
{
	if (!strcmp(chain, wanted))
		return true;
	/* a device's ingress has chains of both families */
	return !strcmp(chain, "inet") &&
	       (!strcmp(wanted, "ip") || !strcmp(wanted, "ip6") || !strcmp(wanted, "netdev"));
}

/* A chain at a device: ingress sees the one, egress the other. */
static bool device_fits(const struct chain *c, const struct subject *s)
{
	const char *dev = !strcmp(c->hook, "egress") ? s->out_dev : s->in_dev;

	return !c->device[0] || !dev || !strcmp(c->device, dev);
}

size_t ruleset_suspects(const struct ruleset *r, const char *family, const char *hook,
			const struct subject *s, struct suspect *ret, size_t max)
{
	struct walk w = {.r = r, .s = s, .ret = ret, .max = max};

	for (size_t i = 0; i < r->n; i++) {
		const struct chain *c = &r->chains[i];

		if (!c->hook[0] || strcmp(c->hook, hook) || !family_fits(c->family, family) ||
		    !device_fits(c, s))
			continue;
		if (walk_chain(&w, c, 0) != WAY_END && c->policy_drop)
			suspect(&w, c, NULL, true);
	}
	return w.n;
}
