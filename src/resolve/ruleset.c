/* SPDX-License-Identifier: GPL-2.0-only */
/* A firewall read from text, and walked for one packet. */
#include "resolve/ruleset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define HEAD_MAX  256 /* of a line: words before the first that can be long */

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
		for (size_t k = 0; k < r->chains[i].n_rules; k++)
			free(r->chains[i].rules[k].text);
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

static const struct {
	const char *word;
	enum rule_action action;
} actions[] = {
	{"accept", RULE_ACCEPT}, {"drop", RULE_DROP},	  {"reject", RULE_REJECT},
	{"queue", RULE_QUEUE},	 {"jump", RULE_JUMP},	  {"goto", RULE_GOTO},
	{"return", RULE_RETURN}, {"DROP", RULE_DROP},	  {"ACCEPT", RULE_ACCEPT},
	{"REJECT", RULE_REJECT}, {"RETURN", RULE_RETURN}, {"NFQUEUE", RULE_QUEUE},
};

/* The action is a word of its own, outside quotes and sets; the last one counts. */
static void find_action(struct rule *rule)
{
	char *copy = strdup(rule->text), *save = NULL;
	bool quoted = false;

	for (char *w = copy ? strtok_r(copy, " ", &save) : NULL; w;
	     w = strtok_r(NULL, " ", &save)) {
		bool starts = w[0] == '"', ends = w[0] && w[strlen(w) - 1] == '"';

		if (quoted || starts) {
			quoted = !(ends && (quoted || strlen(w) > 1));
			/* "xt target" of iptables-nft names its target in quotes */
			if (strcmp(w, "\"REJECT\"") && strcmp(w, "\"NFQUEUE\""))
				continue;
		}
		for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
			if (strcmp(w + starts, actions[i].word) &&
			    (!starts || strncmp(w + 1, actions[i].word, strlen(actions[i].word))))
				continue;
			rule->action = actions[i].action;
			if (rule->action == RULE_JUMP || rule->action == RULE_GOTO) {
				char *t = strtok_r(NULL, " ", &save);

				snprintf(rule->target, sizeof(rule->target), "%s", t ? t : "");
			}
			break;
		}
	}
	free(copy);
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
	int depth; /* of sets and maps, which are no rules */
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
	} else if (word[0] == '}') {
		if (at->depth)
			at->depth--;
		else
			at->c = NULL;
	} else if (at->c && !strcmp(word, "type") && strstr(head, " hook ")) {
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

static struct chain *find_chain(const struct ruleset *r, bool legacy, const char *family,
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
	char name[64], target[64] = "", head[HEAD_MAX];
	const char *p, *j;
	struct chain *c;
	struct rule *rule;

	head_of(line, n, head, sizeof(head));
	p = strstr(head, "-A ");
	if (!p || sscanf(p, "-A %63s", name) != 1)
		return;
	p = line + (p - head);
	c = find_chain(r, true, family, table, name);
	rule = c ? add_rule(c, p, n - (p - line)) : NULL;
	if (!rule)
		return;
	rule->number = c->n_rules;
	j = strstr(rule->text, "-j ");
	if (!j)
		j = strstr(rule->text, "-g ");
	if (!j || sscanf(j + 3, "%63s", target) != 1)
		return;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strcmp(target, actions[i].word))
			rule->action = actions[i].action;
	if (!rule->action && find_chain(r, true, family, table, target)) {
		rule->action = j[1] == 'g' ? RULE_GOTO : RULE_JUMP;
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

struct walk {
	const struct ruleset *r;
	const struct wb_packet *p;
	const char *in_dev, *out_dev;
	struct suspect *ret;
	size_t n, max;
	bool doubt; /* a condition before this point could not be judged */
};

static void suspect(struct walk *w, const struct chain *c, const struct rule *rule, bool matches)
{
	if (w->n < w->max)
		w->ret[w->n++] = (struct suspect){c, rule, matches && !w->doubt};
}

/* True: the packet certainly does not come out at the end of this chain. */
static bool walk_chain(struct walk *w, const struct chain *c, int depth)
{
	for (size_t i = 0; i < c->n_rules && depth < DEPTH_MAX; i++) {
		const struct rule *rule = &c->rules[i];
		int m = rule_matches(rule, c->legacy, w->p, w->in_dev, w->out_dev);
		const struct chain *to;

		if (!m || !rule->action)
			continue;
		if (m < 0 && rule->action != RULE_DROP && rule->action != RULE_REJECT)
			w->doubt = true;
		switch (rule->action) {
		case RULE_DROP:
		case RULE_REJECT:
		case RULE_QUEUE:
			suspect(w, c, rule, m > 0);
			break;
		case RULE_JUMP:
		case RULE_GOTO:
			to = find_chain(w->r, c->legacy, c->family, c->table, rule->target);
			if (to && walk_chain(w, to, depth + 1) && m > 0)
				return true;
			if (rule->action == RULE_JUMP)
				continue;
			break;
		case RULE_RETURN:
			if (m > 0)
				return false;
			continue;
		case RULE_ACCEPT:
		case RULE_NONE:
			break;
		}
		if (m > 0)
			return true;
	}
	return false;
}

static bool family_fits(const char *chain, const char *wanted)
{
	if (!strcmp(chain, wanted))
		return true;
	return !strcmp(chain, "inet") && (!strcmp(wanted, "ip") || !strcmp(wanted, "ip6"));
}

size_t ruleset_suspects(const struct ruleset *r, const char *family, const char *hook,
			const struct wb_packet *p, const char *in_dev, const char *out_dev,
			struct suspect *ret, size_t max)
{
	struct walk w = {
		.r = r, .p = p, .in_dev = in_dev, .out_dev = out_dev, .ret = ret, .max = max};

	for (size_t i = 0; i < r->n; i++) {
		const struct chain *c = &r->chains[i];

		if (!c->hook[0] || strcmp(c->hook, hook) || !family_fits(c->family, family))
			continue;
		if (c->device[0] && in_dev && strcmp(c->device, in_dev) &&
		    (!out_dev || strcmp(c->device, out_dev)))
			continue;
		if (!walk_chain(&w, c, 0) && c->policy_drop)
			suspect(&w, c, NULL, true);
	}
	return w.n;
}
