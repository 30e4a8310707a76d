/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Can a rule's condition hold for a packet? Its keys are known by tables; what a single value means
 * is in rule_value.c, and every condition that is none of those may hold.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/ruleset.h"

/* "{ a, b }" or "a,b": one that holds is enough. Moves *i to its last word. */
static int judge_list(const struct subject *s, enum rule_what what, char **words, size_t n,
		      size_t *i)
{
	bool braces = !strcmp(words[*i], "{");
	int result = 0;

	if (braces)
		++*i;
	for (; *i < n && strcmp(words[*i], "}"); ++*i) {
		char *save = NULL;

		for (char *w = strtok_r(words[*i], ",", &save); w; w = strtok_r(NULL, ",", &save)) {
			int m = rule_value_matches(s, what, w);

			if (m > 0)
				result = 1;
			else if (m < 0 && !result)
				result = -1;
		}
		if (!braces)
			break;
	}
	return result;
}

/* X(first word, second word or NULL, protocol or family that it implies or NULL, its value) */
static const struct key {
	const char *first, *second, *proto;
	uint8_t family;
	enum rule_what what;
} nft_keys[] =
	{
		{"ip", "saddr", NULL, 4, W_SADDR},
		{"ip", "daddr", NULL, 4, W_DADDR},
		{"ip6", "saddr", NULL, 6, W_SADDR},
		{"ip6", "daddr", NULL, 6, W_DADDR},
		{"ip", "protocol", NULL, 4, W_PROTO},
		{"ip6", "nexthdr", NULL, 6, W_PROTO},
		{"meta", "l4proto", NULL, 0, W_PROTO},
		{"meta", "nfproto", NULL, 0, W_FAMILY},
		{"meta", "protocol", NULL, 0, W_FAMILY},
		{"ether", "type", NULL, 0, W_FAMILY},
		{"tcp", "dport", "tcp", 0, W_DPORT},
		{"tcp", "sport", "tcp", 0, W_SPORT},
		{"tcp", "flags", "tcp", 0, W_OPAQUE},
		{"udp", "dport", "udp", 0, W_DPORT},
		{"udp", "sport", "udp", 0, W_SPORT},
		{"th", "dport", NULL, 0, W_DPORT},
		{"th", "sport", NULL, 0, W_SPORT},
		{"icmp", "type", "icmp", 4, W_ICMP},
		{"icmpv6", "type", "icmpv6", 6, W_ICMP},
		{"iifname", NULL, NULL, 0, W_IN},
		{"iif", NULL, NULL, 0, W_IN},
		{"oifname", NULL, NULL, 0, W_OUT},
		{"oif", NULL, NULL, 0, W_OUT},
		{"ct", "state", NULL, 0, W_STATE},
},
  legacy_keys[] = {
	  {"-s", NULL, NULL, 0, W_SADDR},
	  {"-d", NULL, NULL, 0, W_DADDR},
	  {"-p", NULL, NULL, 0, W_PROTO},
	  {"--dport", NULL, NULL, 0, W_DPORT},
	  {"--dports", NULL, NULL, 0, W_DPORT},
	  {"--sports", NULL, NULL, 0, W_SPORT},
	  {"--sport", NULL, NULL, 0, W_SPORT},
	  {"--src-range", NULL, NULL, 0, W_SADDR},
	  {"--dst-range", NULL, NULL, 0, W_DADDR},
	  {"-i", NULL, NULL, 0, W_IN},
	  {"-o", NULL, NULL, 0, W_OUT},
	  {"--icmp-type", NULL, NULL, 0, W_ICMP},
	  {"--icmpv6-type", NULL, NULL, 0, W_ICMP},
	  {"--ctstate", NULL, NULL, 0, W_STATE},
	  {"--state", NULL, NULL, 0, W_STATE},
};

/* Effects and notes that stand among the conditions, with the number of words behind them. */
static const struct effect {
	const char *word;
	size_t words;
} nft_effects[] = {{"counter", 0}, {"log", 0},	 {"prefix", 1},	 {"level", 1},
		   {"group", 1},   {"flags", 1}, {"comment", 1}, {"notrack", 0},
		   {"meta", 0},	   {"flow", 2},	 {"xt", 0}},
  legacy_effects[] = {{"-A", 1}, {"-m", 1}, {"--comment", 1}, {"!", 0}};

static const struct key *find_key(bool legacy, char **words, size_t n, size_t i)
{
	const struct key *keys = legacy ? legacy_keys : nft_keys;
	size_t n_keys = legacy ? sizeof(legacy_keys) / sizeof(legacy_keys[0])
			       : sizeof(nft_keys) / sizeof(nft_keys[0]);

	for (size_t k = 0; k < n_keys; k++)
		if (!strcmp(words[i], keys[k].first) &&
		    (!keys[k].second || (i + 1 < n && !strcmp(words[i + 1], keys[k].second))))
			return &keys[k];
	return NULL;
}

/* The number of words of an effect at i, 0: it is none. */
static size_t effect_at(bool legacy, char **words, size_t n, size_t i)
{
	const struct effect *e = legacy ? legacy_effects : nft_effects;
	size_t n_effects = legacy ? sizeof(legacy_effects) / sizeof(legacy_effects[0])
				  : sizeof(nft_effects) / sizeof(nft_effects[0]);

	if (words[i][0] == '[') /* counters in front of a legacy rule */
		return 1;
	/* "meta mark set 0x7": what is set is no condition */
	if (!legacy && i + 3 < n && !strcmp(words[i + 2], "set"))
		return 4;
	for (size_t k = 0; k < n_effects; k++)
		if (!strcmp(words[i], e[k].word))
			return 1 + e[k].words;
	return 0;
}

/* Here the conditions end and what is done begins. */
static bool is_end(bool legacy, const char *word)
{
	if (legacy)
		return !strcmp(word, "-j") || !strcmp(word, "-g");
	/* "xt target" is what nft calls a target of iptables that it has no word for */
	return !strcmp(word, "vmap") || !strcmp(word, "target") || rule_verdict(word) != RULE_NONE;
}

/* A look-up in the routing tables or of conntrack: its own words are no keys. Returns the last. */
static size_t skip_lookup(char **words, size_t n, size_t i)
{
	if (strcmp(words[i], "fib") && strcmp(words[i], "ct") && strcmp(words[i], "rt"))
		return i;
	for (i++; i + 2 < n && !strcmp(words[i + 1], "."); i += 2)
		;
	return i + 1 < n && !is_end(false, words[i + 1]) ? i + 1 : i;
}

static int and (int a, int b)
{
	return !a || !b ? 0 : a < 0 || b < 0 ? -1 : 1;
}

/* The condition that begins at *i, which then is its last word. */
static int condition(const struct subject *s, const struct key *k, bool not, char **words, size_t n,
		     size_t *i)
{
	size_t value = *i + 1 + (k->second != NULL);
	int m;

	if ((k->proto && !rule_value_matches(s, W_PROTO, k->proto)) ||
	    (k->family && s->p->family && k->family != s->p->family))
		return 0;
	if (value < n && !strcmp(words[value], "!=")) {
		not = true;
		value++;
	}
	if (value >= n || is_end(false, words[value])) { /* the key of a map that follows */
		*i = value - 1;
		return 1;
	}
	m = judge_list(s, k->what, words, n, &value);
	*i = value;
	return m < 0 ? -1 : m ^ not ;
}

int rule_matches(const struct rule *rule, bool legacy, const struct subject *s)
{
	char *copy = strdup(rule->text), *words[RULE_WORDS_MAX];
	size_t n = copy ? rule_split(copy, words, RULE_WORDS_MAX) : 0, i;
	int result = 1;

	for (i = 0; i < n && result && !is_end(legacy, words[i]); i++) {
		const struct key *k = find_key(legacy, words, n, i);
		bool not = legacy && i && !strcmp(words[i - 1], "!");
		size_t effect = k ? 0 : effect_at(legacy, words, n, i);

		if (k) {
			result = and(result, condition(s, k, not, words, n, &i));
		} else if (effect) {
			i += effect - 1;
		} else {
			result = -1;
			if (!legacy)
				i = skip_lookup(words, n, i);
		}
	}
	free(copy);
	/* a rule that is too long was not read to its end */
	return copy && n < RULE_WORDS_MAX ? result : result ? -1 : 0;
}

int rule_map_matches(const struct rule *rule, const char *key, const struct subject *s)
{
	char *copy = strdup(rule->text), *words[RULE_WORDS_MAX], value[64];
	size_t n = copy ? rule_split(copy, words, RULE_WORDS_MAX) : 0, at = 0;
	const struct key *k = NULL;
	char *one = value;
	int result = -1;

	while (at < n && strcmp(words[at], "vmap"))
		at++;
	/* the key stands in front, as one word or two; one of several parts is not judged */
	for (size_t back = 1; back <= 2 && back <= at && at < n; back++) {
		k = find_key(false, words, n, at - back);
		if (k && (k->second != NULL) + 1U == back &&
		    (at == back || strcmp(words[at - back - 1], ".")))
			break;
		k = NULL;
	}
	snprintf(value, sizeof(value), "%s", key);
	if (k) {
		at = 0;
		result = judge_list(s, k->what, &one, 1, &at);
	}
	free(copy);
	return result;
}
