/* SPDX-License-Identifier: GPL-2.0-only */
/* A firewall read from text. Words and verdicts of one rule are in rule_words.c. */
#include "resolve/ruleset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX 256 /* of a line: words before the first that can be long */

static struct chain *add_chain(struct ruleset *r)
{
	struct chain *more = realloc(r->chains, (r->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	r->chains = more;
	more[r->n] = (struct chain){0};
	return &more[r->n++];
}

static struct rule *add_rule(struct chain *c, const char *text, size_t n)
{
	struct rule *more = realloc(c->rules, (c->n_rules + 1) * sizeof(*more));

	if (!more)
		return NULL;
	c->rules = more;
	more[c->n_rules] = (struct rule){.text = strndup(text, n)};
	if (!more[c->n_rules].text)
		return NULL;
	return &more[c->n_rules++];
}

void ruleset_free(struct ruleset *r)
{
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->chains[i].n_rules; k++) {
			free(r->chains[i].rules[k].text);
			free(r->chains[i].rules[k].elements);
		}
		free(r->chains[i].rules);
	}
	free(r->chains);
	*r = (struct ruleset){0};
}

static const struct {
	const char *word;
	int value;
} priorities[] = {{"raw", -300}, {"mangle", -150}, {"dstnat", -100},
		  {"filter", 0}, {"security", 50}, {"srcnat", 100}};

static int priority_of(const char *text)
{
	int base = 0;
	char *end;

	for (size_t i = 0; i < sizeof(priorities) / sizeof(priorities[0]); i++) {
		size_t n = strlen(priorities[i].word);

		if (strncmp(text, priorities[i].word, n))
			continue;
		base = priorities[i].value;
		text += n;
		while (*text == ' ')
			text++;
		if (*text == '+' || *text == '-') {
			int sign = *text == '-' ? -1 : 1;

			return base + sign * (int)strtol(text + 1, &end, 10);
		}
		return base;
	}
	return strtol(text, &end, 10);
}

/* The text between the braces after "vmap"; NULL: the map has a name, which becomes the target. */
static const char *map_braces(struct rule *rule)
{
	const char *p = strstr(rule->text, " vmap ");

	if (!p)
		return NULL;
	p += strlen(" vmap ");
	if (*p == '@')
		sscanf(p, "@%63s", rule->target);
	return *p == '{' ? p : NULL;
}

/* The action is a word of its own, outside quotes and sets. */
static void find_action(struct rule *rule)
{
	char *copy = strdup(rule->text), *words[RULE_WORDS_MAX];
	size_t n = copy ? rule_split(copy, words, RULE_WORDS_MAX) : 0;
	const char *braces;
	int depth = 0;

	for (size_t i = 0; i < n && !rule->action; i++) {
		depth += !strcmp(words[i], "{") - !strcmp(words[i], "}");
		if (depth)
			continue;
		/* "xt target" of iptables-nft names its target in quotes */
		if (i && !strcmp(words[i - 1], "target") && words[i][0] == '"') {
			words[i]++;
			words[i][strcspn(words[i], "\"")] = 0;
		}
		rule->action = !strcmp(words[i], "vmap") ? RULE_MAP : rule_verdict(words[i]);
		if ((rule->action == RULE_JUMP || rule->action == RULE_GOTO) && i + 1 < n)
			snprintf(rule->target, sizeof(rule->target), "%s", words[i + 1]);
	}
	free(copy);
	braces = rule->action == RULE_MAP ? map_braces(rule) : NULL;
	if (braces)
		rule_read_map(rule, braces);
}

static void nft_chain_line(struct chain *c, const char *line)
{
	const char *p = strstr(line, "hook "), *q;

	sscanf(p + 5, "%15[a-z]", c->hook);
	q = strstr(line, "device ");
	if (q)
		sscanf(q + 7, "\"%15[^\"]", c->device);
	q = strstr(line, "priority ");
	if (q)
		c->priority = priority_of(q + 9);
	c->policy_drop = strstr(line, "policy drop") != NULL;
}

static void nft_rule_line(struct chain *c, const char *line, size_t n)
{
	const char *handle = NULL;
	struct rule *rule;

	for (const char *p = line; (p = strstr(p, " # handle ")) && p < line + n; p++)
		handle = p;
	rule = add_rule(c, line, handle ? (size_t)(handle - line) : n);
	if (!rule)
		return;
	if (handle)
		rule->handle = strtoull(handle + 10, NULL, 10);
	find_action(rule);
}

/* The first words of a line, which is not terminated; scanning must not run into the next line. */
static void head_of(const char *line, size_t n, char *ret, size_t size)
{
	if (n >= size)
		n = size - 1;
	memcpy(ret, line, n);
	ret[n] = 0;
}

struct reader {
	struct ruleset *r;
	char family[8], table[64];
	struct chain *c;
	int depth;    /* of sets and maps, which are no rules */
	bool dormant; /* the table's chains are at no hook */
};

static int nft_line(struct reader *at, const char *line, size_t n, bool indented)
{
	char head[HEAD_MAX], word[16] = "", name[64] = "";

	head_of(line, n, head, sizeof(head));
	sscanf(head, "%15s %63s", word, name);
	if (!indented && !strcmp(word, "table")) {
		sscanf(head, "table %7s %63s", at->family, at->table);
		at->c = NULL;
		at->depth = 0;
		at->dormant = false;
	} else if (!at->c && !at->depth && !strcmp(word, "flags")) {
		at->dormant = strstr(head, "dormant") != NULL;
	} else if (word[0] == '}') {
		if (at->depth)
			at->depth--;
		else
			at->c = NULL;
	} else if (at->c && !strcmp(word, "type") && strstr(head, " hook ")) {
		if (!at->dormant)
			nft_chain_line(at->c, head);
	} else if (at->c) {
		nft_rule_line(at->c, line, n);
	} else if (!at->depth && !strcmp(word, "chain")) {
		at->c = add_chain(at->r);
		if (!at->c)
			return -ENOMEM;
		snprintf(at->c->family, sizeof(at->c->family), "%s", at->family);
		snprintf(at->c->table, sizeof(at->c->table), "%s", at->table);
		snprintf(at->c->name, sizeof(at->c->name), "%s", name);
	} else if (strchr(head, '{') && !strchr(head, '}') && indented && !at->depth) {
		at->depth++; /* a set, a map, a flowtable, a counter ... */
	}
	return 0;
}

int ruleset_add_nft(struct ruleset *r, const char *text)
{
	struct reader at = {.r = r};

	while (*text) {
		size_t n = strcspn(text, "\n"), indent = strspn(text, " \t");
		int e = n > indent ? nft_line(&at, text + indent, n - indent, indent) : 0;

		if (e)
			return e;
		text += n + (text[n] == '\n');
	}
	return 0;
}

static const struct {
	const char *chain, *hook;
} builtin[] = {{"PREROUTING", "prerouting"},
	       {"INPUT", "input"},
	       {"FORWARD", "forward"},
	       {"OUTPUT", "output"},
	       {"POSTROUTING", "postrouting"}};

struct chain *ruleset_chain(const struct ruleset *r, bool legacy, const char *family,
			    const char *table, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		struct chain *c = &r->chains[i];

		if (c->legacy == legacy && !strcmp(c->family, family) && !strcmp(c->table, table) &&
		    !strcmp(c->name, name))
			return c;
	}
	return NULL;
}

static void legacy_chain(struct ruleset *r, const char *family, const char *table, const char *line)
{
	struct chain *c = add_chain(r);
	char policy[16] = "";

	if (!c)
		return;
	c->legacy = true;
	snprintf(c->family, sizeof(c->family), "%s", family);
	snprintf(c->table, sizeof(c->table), "%s", table);
	sscanf(line, ":%63s %15s", c->name, policy);
	c->policy_drop = !strcmp(policy, "DROP");
	c->priority = priority_of(!strcmp(table, "nat") ? "dstnat" : table);
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (!strcmp(builtin[i].chain, c->name))
			snprintf(c->hook, sizeof(c->hook), "%s", builtin[i].hook);
}

static void legacy_rule(struct ruleset *r, const char *family, const char *table, const char *line,
			size_t n)
{
	char name[64], target[64] = "", head[HEAD_MAX], *copy, *words[RULE_WORDS_MAX];
	bool go_to = false;
	const char *p;
	size_t n_words;
	struct chain *c;
	struct rule *rule;

	head_of(line, n, head, sizeof(head));
	p = strstr(head, "-A ");
	if (!p || sscanf(p, "-A %63s", name) != 1)
		return;
	p = line + (p - head);
	c = ruleset_chain(r, true, family, table, name);
	rule = c ? add_rule(c, p, n - (p - line)) : NULL;
	if (!rule)
		return;
	rule->number = c->n_rules;
	copy = strdup(rule->text);
	n_words = copy ? rule_split(copy, words, RULE_WORDS_MAX) : 0;
	for (size_t i = 0; i + 1 < n_words; i++) {
		go_to = !strcmp(words[i], "-g");
		if (!go_to && strcmp(words[i], "-j"))
			continue;
		snprintf(target, sizeof(target), "%s", words[i + 1]);
		rule->action = rule_verdict(target);
		break;
	}
	free(copy);
	if (!rule->action && ruleset_chain(r, true, family, table, target)) {
		rule->action = go_to ? RULE_GOTO : RULE_JUMP;
		snprintf(rule->target, sizeof(rule->target), "%s", target);
	}
}

int ruleset_add_legacy(struct ruleset *r, const char *family, const char *text)
{
	char table[64] = "";

	while (*text) {
		size_t n = strcspn(text, "\n");
		char head[HEAD_MAX];

		head_of(text, n, head, sizeof(head));
		if (*text == '*')
			sscanf(head, "*%63s", table);
		else if (*text == ':')
			legacy_chain(r, family, table, head);
		else if (*text == '[' || *text == '-')
			legacy_rule(r, family, table, text, n);
		text += n + (text[n] == '\n');
	}
	return 0;
}
