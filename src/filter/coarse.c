/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Only a plain conjunction of protocols, addresses and ports is looked at. A part of it that is
 * anything else is left out, which lets more through; an expression with "or" or parentheses lets
 * everything through.
 */
#include "filter/coarse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/text.h"

#define WORDS_MAX 64

static const struct {
	const char *word, *match;
} protocols[] = {
	{"ip", "meta nfproto ipv4"},	     {"ip6", "meta nfproto ipv6"},
	{"tcp", "meta l4proto tcp"},	     {"udp", "meta l4proto udp"},
	{"sctp", "meta l4proto sctp"},	     {"icmp", "meta l4proto icmp"},
	{"icmp6", "meta l4proto ipv6-icmp"},
};

/* Adds the condition to every match so far. */
static void add(struct text *matches, size_t n, const char *condition)
{
	for (size_t i = 0; i < n; i++)
		text_printf(&matches[i], "%s ", condition);
}

/* Doubles the matches: one half gets a, the other b. False: no room. */
static bool branch(struct text *matches, size_t *n, const char *a, const char *b)
{
	if (2 * *n > COARSE_MAX)
		return false;
	for (size_t i = 0; i < *n; i++)
		text_printf(&matches[*n + i], "%s%s ", matches[i].s ? matches[i].s : "", b);
	add(matches, *n, a);
	*n *= 2;
	return true;
}

static bool is_port(const char *s)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	return *s >= '1' && *s <= '9' && !*end && v < 65536;
}

/* An address, or with a slash a network; *family gets "ip" or "ip6". */
static bool is_address(const char *s, bool net, const char **family)
{
	char address[INET6_ADDRSTRLEN];
	unsigned char binary[16];
	size_t n = strcspn(s, "/");

	/* without a length, how much of it counts depends on its zeros */
	if (n >= sizeof(address) || !s[n] == net)
		return false;
	memcpy(address, s, n);
	address[n] = 0;
	if (s[n] && (!s[n + 1] || strspn(s + n + 1, "0123456789") != strlen(s + n + 1) ||
		     strlen(s + n + 1) > 3))
		return false;
	*family = strchr(address, ':') ? "ip6" : "ip";
	return inet_pton(**family && (*family)[2] ? AF_INET6 : AF_INET, address, binary) == 1;
}

/*
 * One part of the conjunction. What is not understood adds nothing, nor does an address alone: it
 * is of the kind that the part before it has.
 */
static void part(struct text *matches, size_t *n, char **w, size_t n_words)
{
	const char *protocol = NULL, *what = "host", *family;
	bool src = false, dst = false;
	struct text a = {0}, b = {0};
	size_t i = 0;

	for (size_t p = 0; p < sizeof(protocols) / sizeof(protocols[0]) && n_words; p++)
		if (!strcmp(w[0], protocols[p].word))
			protocol = protocols[p].match;
	i += protocol != NULL;
	if (i < n_words && (!strcmp(w[i], "src") || !strcmp(w[i], "dst"))) {
		src = w[i][0] == 's';
		dst = !src;
		i++;
	}
	if (i < n_words && (!strcmp(w[i], "host") || !strcmp(w[i], "net") || !strcmp(w[i], "port")))
		what = w[i++];
	if (i == n_words && protocol && n_words == 1) {
		add(matches, *n, protocol);
		return;
	}
	if (i + 1 != n_words || !i)
		return;
	if (!strcmp(what, "port") && is_port(w[i])) {
		if (!protocol)
			protocol = "meta l4proto { tcp, udp, sctp }";
		text_printf(&a, "th sport %s", w[i]);
		text_printf(&b, "th dport %s", w[i]);
	} else if (strcmp(what, "port") && is_address(w[i], !strcmp(what, "net"), &family)) {
		text_printf(&a, "%s saddr %s", family, w[i]);
		text_printf(&b, "%s daddr %s", family, w[i]);
	} else {
		return;
	}
	if (a.s && b.s) {
		if (protocol)
			add(matches, *n, protocol);
		if (src || dst)
			add(matches, *n, src ? a.s : b.s);
		else
			branch(matches, n, a.s, b.s);
	}
	text_free(&a);
	text_free(&b);
}

static bool is_and(const char *w)
{
	return !strcmp(w, "and") || !strcmp(w, "&&");
}

static void conjunction(struct text *matches, size_t *n, char **words, size_t n_words)
{
	size_t from = 0;

	for (size_t i = 0; i <= n_words; i++) {
		if (i < n_words && !is_and(words[i]))
			continue;
		part(matches, n, words + from, i - from);
		from = i + 1;
	}
}

int coarse_make(const char *expr, struct coarse *ret)
{
	struct text matches[COARSE_MAX] = {0};
	char *copy = strdup(expr ? expr : ""), *words[WORDS_MAX], *save;
	size_t n = 1, n_words = 0;
	bool plain = copy && !strpbrk(copy, "()|!");
	int r = copy ? 0 : -ENOMEM;

	*ret = (struct coarse){0};
	for (char *w = plain ? strtok_r(copy, " \t\n", &save) : NULL; w && plain;
	     w = strtok_r(NULL, " \t\n", &save)) {
		plain = n_words < WORDS_MAX && strcmp(w, "or");
		if (plain)
			words[n_words++] = w;
	}
	if (plain)
		conjunction(matches, &n, words, n_words);
	ret->all = !matches[0].s;
	for (size_t i = 0; i < n && !r; i++) {
		ret->matches[i] = strdup(matches[i].s ? matches[i].s : "");
		r = ret->matches[i] ? 0 : -ENOMEM;
		ret->n += !r;
	}
	for (size_t i = 0; i < COARSE_MAX; i++)
		text_free(&matches[i]);
	free(copy);
	return r;
}

void coarse_clear(struct coarse *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->matches[i]);
	c->n = 0;
}
