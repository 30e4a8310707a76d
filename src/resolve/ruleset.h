/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A namespace's firewall as a list of chains and rules, read from the text that nft and
 * iptables-legacy print, and the question which of its rules can have dropped a given packet.
 */
#ifndef WAYBILL_RESOLVE_RULESET_H
#define WAYBILL_RESOLVE_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/journey.h"

enum rule_action {
	RULE_NONE,
	RULE_ACCEPT,
	RULE_DROP,
	RULE_REJECT,
	RULE_QUEUE,
	RULE_JUMP,
	RULE_GOTO,
	RULE_RETURN
};

struct rule {
	char *text;
	uint64_t handle; /* nft */
	unsigned number; /* legacy: 1.. in its chain */
	enum rule_action action;
	char target[64]; /* of a jump */
};

struct chain {
	bool legacy;
	char family[8], table[64], name[64];
	char hook[16]; /* "" for a chain that is jumped to */
	char device[16];
	int priority;
	bool policy_drop;
	struct rule *rules;
	size_t n_rules;
};

struct ruleset {
	struct chain *chains;
	size_t n;
};

int ruleset_add_nft(struct ruleset *r, const char *text);
int ruleset_add_legacy(struct ruleset *r, const char *family, const char *text);
void ruleset_free(struct ruleset *r);

/* 1 the condition holds, 0 it does not, -1 it can't be told from outside. */
int rule_matches(const struct rule *rule, bool legacy, const struct wb_packet *p,
		 const char *in_dev, const char *out_dev);

struct suspect {
	const struct chain *chain;
	const struct rule *rule; /* NULL: the chain's policy */
	bool certain;		 /* nothing that can't be judged stands between the packet and it */
};
/*
 * All rules and policies at the hook that can have dropped the packet, in running order. hook is
 * nft's word. Returns their number, at most max.
 */
size_t ruleset_suspects(const struct ruleset *r, const char *family, const char *hook,
			const struct wb_packet *p, const char *in_dev, const char *out_dev,
			struct suspect *ret, size_t max);

#endif
