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
#include "resolve/names.h"

enum rule_action {
	RULE_NONE,
	RULE_ACCEPT,
	RULE_DROP,
	RULE_REJECT,
	RULE_QUEUE,
	RULE_JUMP,
	RULE_GOTO,
	RULE_RETURN,
	RULE_PROXY, /* takes the packet for a socket or a handshake, drops it, or lets it go on */
	RULE_MAP /* the verdict is looked up by a key of the packet */
};

struct element { /* of a verdict map */
	char key[64];
	enum rule_action action;
	char target[64];
};

struct rule {
	char *text;
	uint64_t handle; /* nft */
	unsigned number; /* legacy: 1.. in its chain */
	enum rule_action action;
	char target[64];	  /* of a jump; of a named map its name */
	struct element *elements; /* of a map */
	size_t n_elements;
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
/* That of a namespace, at most a second old; belongs to the callee, until it is asked again. */
const struct ruleset *ruleset_of(struct names *n, uint32_t inum);
/* NULL: there is none. */
struct chain *ruleset_chain(const struct ruleset *r, bool legacy, const char *family,
			    const char *table, const char *name);

/* Reads the verdicts of a rule's map out of "{ KEY : VERDICT, ... }". */
void rule_read_map(struct rule *rule, const char *braces);

#define RULE_WORDS_MAX 192
/* Cuts text into words, what stands in quotes is one; returns their number. */
size_t rule_split(char *text, char **words, size_t max);
/* What nft and iptables call a verdict, RULE_NONE: it is none. */
enum rule_action rule_verdict(const char *word);

/* What is asked about: a packet at a hook. */
struct subject {
	const struct wb_packet *p;
	const char *in_dev, *out_dev; /* NULL: not known */
	const char *ct_state;	      /* nft's word, NULL: not known */
	unsigned varies;	      /* VARIES_*: not known, either */
};

/* What a value in a rule is compared with. */
enum rule_what {
	W_OPAQUE,
	W_SADDR,
	W_DADDR,
	W_SPORT,
	W_DPORT,
	W_PROTO,
	W_ICMP,
	W_IN,
	W_OUT,
	W_FAMILY,
	W_STATE
};
/* The answers of the next three: 1 it holds, 0 it does not, -1 it can't be told from outside. */
int rule_value_matches(const struct subject *s, enum rule_what what, const char *value);
/* All conditions of a rule. */
int rule_matches(const struct rule *rule, bool legacy, const struct subject *s);
/* One key of the rule's map. */
int rule_map_matches(const struct rule *rule, const char *key, const struct subject *s);

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
			const struct subject *s, struct suspect *ret, size_t max);

#endif
