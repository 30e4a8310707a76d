/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libpcap says "syntax error", not where. An expression is right up to a word if the words before
 * it, with one of a few endings, are a whole expression: so the first wrong word is found by
 * trying.
 */
#include "filter/locate.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define bpf_insn pcap_bpf_insn
#include <pcap/pcap.h>
#undef bpf_insn

#define LONGEST 2000 /* characters of an expression that are looked through */

static const char *const endings[] = {
	"",	" 1",	  " tcp",  " 10.0.0.1", " 1:2:3:4:5:6", " 10.0.0.0/8", " host 10.0.0.1",
	" = 1", "0] = 1", "] = 1", "-2",	" 255.0.0.0",
};

/* Is the beginning of expr, n characters, the beginning of some expression? */
static bool viable(const char *expr, size_t n)
{
	char *s = malloc(n + 256), ignored[PCAP_ERRBUF_SIZE];
	int open = 0;
	bool ok = false;

	if (!s)
		return true;
	for (size_t i = 0; i < n; i++)
		open += (expr[i] == '(') - (expr[i] == ')');
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings) && !ok && open < 64; i++) {
		struct bpf_program p = {0};
		int len = sprintf(s, "%.*s%s", (int)n, expr, endings[i]);

		for (int j = 0; j < open; j++)
			s[len++] = ')';
		s[len] = 0;
		ok = !filter_classic(DLT_EN10MB, s, &p, ignored, sizeof(ignored));
		if (ok)
			pcap_freecode(&p);
		else
			ok = !strstr(ignored, "syntax error");
	}
	free(s);
	return ok;
}

static size_t word_end(const char *s, size_t i)
{
	if (isalnum((unsigned char)s[i]))
		while (s[i] && (isalnum((unsigned char)s[i]) || strchr(".:-_/", s[i])))
			i++;
	else
		i++;
	return i;
}

void filter_locate(const char *expr, const char *message, char *err, size_t err_size)
{
	size_t end;

	if (!strstr(message, "syntax error") || strlen(expr) > LONGEST) {
		snprintf(err, err_size, "%s", message);
		return;
	}
	for (size_t i = strspn(expr, " \t"); expr[i]; i = end + strspn(expr + end, " \t")) {
		end = word_end(expr, i);
		if (viable(expr, end))
			continue;
		snprintf(err, err_size, "syntax error at '%.*s' (character %zu)", (int)(end - i),
			 expr + i, i + 1);
		return;
	}
	snprintf(err, err_size, "syntax error at the end: something is missing");
}
