/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a TPROXY rule gave to a socket of this host, and routing sent on nevertheless: ip_forward()
 * and ip6_forward() refuse a packet that has a socket, without a reason (5.10 to 7.2).
 */
#include <stdio.h>
#include <string.h>

#include "causes/decide.h"
#include "causes/ruleset.h"
#include "causes/suspects.h"

static bool is_tproxy(const struct fw_rule *r)
{
	for (size_t i = 0; i < r->n_exprs; i++) {
		const char *name = r->exprs[i].name;

		if (name && (!strcmp(name, "TPROXY") || !strcmp(name, "tproxy")))
			return true;
	}
	return false;
}

/* The only such rule of these tables; NULL: there is none, or more than one. */
static const struct fw_rule *only_one(const struct firewall *f, const struct fw_chain **ret)
{
	const struct fw_rule *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < f->n_chains; i++)
		for (size_t k = 0; k < f->chains[i].n_rules; k++)
			if (is_tproxy(&f->chains[i].rules[k])) {
				found = &f->chains[i].rules[k];
				*ret = &f->chains[i];
				n++;
			}
	return n == 1 ? found : NULL;
}

struct decider *decide_proxied(struct names *n, struct journey *j)
{
	struct ruleset *r = ruleset_of(n, j->drop.at.netns_inum, 0);
	const struct step *s = decide_step_at(j, WB_STATION_ROUTE_IN);
	struct fw_end e = {.kind = FW_END_PROXY};
	struct decider *rule, *d;
	char cause[256], who[128];

	e.rule = r ? only_one(r->f, &e.chain) : NULL;
	if (!e.rule)
		return NULL;
	rule = decide_end(n, r, &e);
	snprintf(cause, sizeof(cause),
		 "%s gave it to a socket of this host (TPROXY), which wants an ip rule that leads "
		 "its mark to a local route",
		 decider_words(rule, who, sizeof(who)));
	decider_unref(rule);
	d = decider_new(DECIDER_ROUTE);
	decider_set_text(d, "type", "unicast");
	if (s && s->route.has)
		decider_set_number(d, "table", s->route.raw.table);
	decider_set_text(d, "cause", cause);
	return d;
}
