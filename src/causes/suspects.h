/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that can have dropped a packet, and the evidence that refutes some of them. */
#ifndef WAYBILL_CAUSES_SUSPECTS_H
#define WAYBILL_CAUSES_SUSPECTS_H

#include "causes/ruleset.h"
#include "firewall/walk.h"
#include "model/journey.h"

#define SUSPECTS_MAX 16

struct suspects {
	struct fw_end of[SUSPECTS_MAX];
	size_t n;
	bool more;		      /* than there is room for */
	bool read_after;	      /* the counters stand as after the drop */
	size_t by_counter, by_answer; /* how many were refuted */
	int64_t grown; /* what the only one that is left has counted meanwhile, -1: not known */
	char answer[32];
};

void suspects_add(struct suspects *s, const struct fw_end *e);
/*
 * Takes away whom counters (as r has read them) or an answer (an ICMP error, a reset) refute. One
 * is always left: if all are refuted, the evidence is not understood, and none is.
 */
void suspects_judge(struct suspects *s, const struct journey *j, const struct ruleset *r);
/* To a decider in words. */
void suspects_evidence(const struct suspects *s, struct decider *d);
void suspects_free(struct suspects *s);

/* The rule, or the policy, that an end of the walk through a ruleset is. */
struct decider *decide_end(struct names *n, struct ruleset *r, const struct fw_end *e);

#endif
