/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule's text as words: quotes, verdicts, and what a verdict map holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/ruleset.h"

/* The end of what begins with a quote at p: behind the closing one, or of the text. */
static char *quote_end(char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

size_t rule_split(char *text, char **words, size_t max)
{
	size_t n = 0;

	while (n < max) {
		text += strspn(text, " \t\n");
		if (!*text)
			break;
		words[n++] = text;
		text = *text == '"' ? quote_end(text) : text + strcspn(text, " \t\n");
		if (*text)
			*text++ = 0;
	}
	return n;
}

static const struct {
	const char *word;
	enum rule_action action;
} verdicts[] = {
	{"accept", RULE_ACCEPT}, {"drop", RULE_DROP},	  {"reject", RULE_REJECT},
	{"queue", RULE_QUEUE},	 {"jump", RULE_JUMP},	  {"goto", RULE_GOTO},
	{"return", RULE_RETURN}, {"DROP", RULE_DROP},	  {"ACCEPT", RULE_ACCEPT},
	{"REJECT", RULE_REJECT}, {"RETURN", RULE_RETURN}, {"NFQUEUE", RULE_QUEUE},
	{"TPROXY", RULE_PROXY},	 {"SYNPROXY", RULE_PROXY}, {"synproxy", RULE_PROXY},
};

enum rule_action rule_verdict(const char *word)
{
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (!strcmp(word, verdicts[i].word))
			return verdicts[i].action;
	return RULE_NONE;
}

/* "10.1.0.1 : jump deny" */
static void read_element(struct rule *rule, char *text)
{
	char *words[16], *colon = strstr(text, " : "), *next;
	struct element *more, e = {0};
	size_t n;

	while (colon && (next = strstr(colon + 1, " : ")))
		colon = next;
	if (!colon)
		return;
	*colon = 0;
	n = rule_split(colon + 3, words, 16);
	if (!n)
		return;
	e.action = rule_verdict(words[0]);
	if (n > 1)
		snprintf(e.target, sizeof(e.target), "%s", words[1]);
	/* a key may be followed by a comment or a time-out, which are no part of it */
	n = rule_split(text, words, 16);
	if (!n)
		return;
	snprintf(e.key, sizeof(e.key), "%s", words[0]);
	more = realloc(rule->elements, (rule->n_elements + 1) * sizeof(*more));
	if (!more)
		return;
	rule->elements = more;
	more[rule->n_elements++] = e;
}

void rule_read_map(struct rule *rule, const char *braces)
{
	const char *end = strchr(braces, '}');
	char *copy = strndup(braces + 1, end ? (size_t)(end - braces - 1) : 0), *save = NULL;

	for (char *p = copy ? strtok_r(copy, ",", &save) : NULL; p; p = strtok_r(NULL, ",", &save))
		read_element(rule, p);
	free(copy);
}
