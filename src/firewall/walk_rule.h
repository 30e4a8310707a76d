/* SPDX-License-Identifier: GPL-2.0-only */
/* The inside of the walk: what a rule makes of the ways that lead to it. */
#ifndef WAYBILL_FIREWALL_WALK_RULE_H
#define WAYBILL_FIREWALL_WALK_RULE_H

#include "firewall/walk.h"

/* All ways that lead to one point, as one. */
struct path {
	bool reached;
	bool sure; /* no way leads elsewhere */
	struct fw_state s;
};

struct walk {
	const struct firewall *f;
	const struct fw_subject *of;
	struct fw_result *ret;
	size_t steps;
	size_t n_ends; /* counts those too that are already there */
	const struct fw_chain *base;
	struct path accepted; /* in the base chain */
	bool queued;
	bool silent; /* only what the packet becomes is wanted */
};

void fw_path_add(struct path *to, const struct fw_state *s);
void fw_end_add(struct walk *w, enum fw_kind kind, const struct fw_chain *c,
		const struct fw_rule *rule, const struct fw_expr *by, bool sure);
void fw_give_up(struct walk *w, const char *why);
bool fw_step(struct walk *w, size_t cost);

/* False: whoever comes here has another mark than the packet that was dropped. */
bool fw_mark_fits(const struct walk *w, const struct fw_state *s);

/* out: who leaves the chain at its end, or by a return. */
void fw_walk_chain(struct walk *w, const struct fw_chain *c, const struct path *in,
		   struct path *out, int depth);

/* One expression that gives no verdict. YES: the rule goes on, NO: it stops, UNKNOWN: either. */
enum tri fw_eval(struct walk *w, struct fw_state *s, const struct fw_expr *e);

#endif
