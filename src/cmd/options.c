/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of options, its parser and its help. */
#include "cmd/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

enum type { T_FLAG, T_COUNTER, T_NUMBER, T_TIME, T_SIZE, T_STRING, T_ENUM, T_LIST };

/* Commands that attach probes, that count, and that print journeys. */
#define FOR_COUNTING (FOR_DROPS | FOR_TOP | FOR_EXPORT)
#define FOR_LIVE     (FOR_TRACE | FOR_RECORD | FOR_COUNTING)
#define FOR_JOURNEYS (FOR_TRACE | FOR_READ)
#define FOR_WORDS    (FOR_LIVE | FOR_READ | FOR_EXPLAIN) /* a filter, or a name */

/* value: what --help calls it; of a T_ENUM the words themselves, with commas between. */
static const struct option {
	const char *name;
	char letter;
	enum type type;
	size_t offset;
	unsigned commands;
	const char *value, *help;
} table[] = {
#define O(field) offsetof(struct options, field)
	{"interface", 'i', T_STRING, O(interface), FOR_LIVE | FOR_READ | FOR_STATIONS, "IF",
	 "only packets seen on this interface (default any)"},
	{"netns", 'N', T_LIST, O(netns), FOR_LIVE | FOR_READ | FOR_STATIONS, "NS",
	 "only this network namespace: a name, a path, a pid or an inode number; may be repeated"},
	{"read", 'r', T_STRING, O(read), FOR_READ, "FILE", "the recording to print"},
	{"count", 'c', T_NUMBER, O(count), FOR_JOURNEYS | FOR_RECORD, "N", "stop after N journeys"},
	{"duration", 0, T_TIME, O(duration_ns), FOR_LIVE, "TIME",
	 "stop after TIME (500ms, 10s, 2m)"},
	{"drops-only", 'd', T_FLAG, O(drops_only), FOR_JOURNEYS | FOR_COUNTING, NULL,
	 "only journeys that end in a drop; drops: look at nothing else, which costs least"},
	{"slower-than", 's', T_TIME, O(slower_ns), FOR_JOURNEYS, "TIME",
	 "only journeys that took longer (50us, 2ms)"},
	{"all", 'a', T_FLAG, O(all), FOR_JOURNEYS, NULL,
	 "also the harmless ends that are hidden by default (they are always counted)"},
	{"json", 'j', T_FLAG, O(json),
	 FOR_JOURNEYS | FOR_CHECK | FOR_EXPLAIN | FOR_DROPS | FOR_STATIONS, NULL,
	 "JSON lines on standard output"},
	{"write", 'w', T_STRING, O(write), FOR_TRACE | FOR_RECORD, "FILE",
	 "trace: also write a pcapng file, the journeys as comments; record: the recording"},
	{"verbose", 'v', T_COUNTER, O(verbose), FOR_JOURNEYS | FOR_CHECK | FOR_DROPS | FOR_STATIONS,
	 NULL, "also kernel functions; -vv: also raw values"},
	{"numeric", 'n', T_FLAG, O(numeric), FOR_JOURNEYS | FOR_DROPS | FOR_TOP | FOR_STATIONS,
	 NULL, "print numbers, not names"},
	{"color", 0, T_ENUM, O(color), FOR_JOURNEYS | FOR_DROPS | FOR_TOP, "auto,always,never",
	 "when to use colours (NO_COLOR is honoured)"},
	{"mode", 0, T_ENUM, O(mode), FOR_LIVE | FOR_CHECK, "auto,fentry,kprobe,tracepoint",
	 "how kernel functions are observed"},
	{"attach", 0, T_LIST, O(attach), FOR_LIVE, "WHAT",
	 "an own observer that lets everything pass: xdp:IF[:native|generic], tc:IF or nf; may be "
	 "repeated"},
	{"nft-trace", 0, T_FLAG, O(nft_trace), FOR_TRACE | FOR_RECORD, NULL,
	 "let nftables trace the filtered packets where rules can't be observed"},
	{"read-only", 0, T_FLAG, O(read_only), FOR_LIVE | FOR_CHECK, NULL,
	 "attach nothing but probes"},
	{"fail-on-drop", 0, T_FLAG, O(fail_on_drop), FOR_JOURNEYS, NULL,
	 "exit 3 if a journey ended in a drop"},
	{"expect", 0, T_STRING, O(expect), FOR_JOURNEYS, "OUTCOME[:STATION[:REASON]]",
	 "exit 3 unless every journey ended so, and there was one"},
	{"buffer", 0, T_SIZE, O(buffer), FOR_TRACE | FOR_RECORD, "SIZE",
	 "ring buffer of each CPU (64k, 4M; default chosen by memory)"},
	{"interval", 0, T_TIME, O(interval_ns), FOR_COUNTING, "TIME", "how often (default 1s)"},
	{"by", 0, T_ENUM, O(by), FOR_DROPS, "iface,layer,reason,rule,program,netns",
	 "drops: one line for each of these, instead of the sites"},
	{"listen", 0, T_STRING, O(listen), FOR_EXPORT, "ADDR:PORT", "serve the metrics there"},
	{"textfile", 0, T_STRING, O(textfile), FOR_EXPORT, "FILE",
	 "write the metrics there for the node exporter"},
	{"labels", 0, T_STRING, O(labels), FOR_EXPORT, "LIST",
	 "also who decided as labels: rule, program or rule,program; at most 50 of each"},
	{"quiet", 'q', T_FLAG, O(quiet), FOR_LIVE | FOR_READ, NULL,
	 "nothing on standard error but errors"},
	{"version", 'V', T_FLAG, O(version), ~0U, NULL, "print the version"},
	{"help", 'h', T_FLAG, O(help), ~0U, NULL, "print this"},
#undef O
};
#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

static const struct {
	const char *name;
	uint64_t factor;
} times[] = {{"ns", 1},	       {"us", 1000},	   {"ms", 1000000},	{"s", 1000000000},
	     {"", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}},
  sizes[] = {{"", 1},	     {"k", 1 << 10}, {"K", 1 << 10}, {"m", 1 << 20},
	     {"M", 1 << 20}, {"g", 1 << 30}, {"G", 1 << 30}};

static int parse_scaled(const char *s, enum type type, uint64_t *ret)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	v = strtod(s, &end);
	if (errno)
		return -EINVAL;
	for (size_t i = 0; i < 7; i++) {
		const char *unit = type == T_TIME ? times[i].name : sizes[i].name;

		if (strcmp(end, unit))
			continue;
		v *= type == T_TIME ? times[i].factor : sizes[i].factor;
		if (v > 1e18)
			return -EINVAL;
		*ret = v;
		return 0;
	}
	return -EINVAL;
}

/* Is value one of the words in list, which has commas between them? */
static bool listed(const char *list, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = list; n && !strchr(value, ',') && (p = strstr(p, value)); p += n)
		if ((p == list || p[-1] == ',') && (!p[n] || p[n] == ','))
			return true;
	return false;
}

static int set(struct options *o, const struct option *opt, const char *value)
{
	void *field = (char *)o + opt->offset;
	struct words *words = field;
	char *end;
	int r = 0;

	switch (opt->type) {
	case T_FLAG:
		*(bool *)field = true;
		break;
	case T_COUNTER:
		++*(int *)field;
		break;
	case T_NUMBER:
		errno = 0;
		*(uint64_t *)field = strtoull(value, &end, 10);
		r = *end || end == value || errno || *value == '-' ? -EINVAL : 0;
		break;
	case T_TIME:
	case T_SIZE:
		r = parse_scaled(value, opt->type, field);
		break;
	case T_ENUM:
		if (!listed(opt->value, value))
			return fail(-EINVAL, "--%s %s: not one of %s", opt->name, value,
				    opt->value);
		*(const char **)field = value;
		break;
	case T_STRING:
		if (!*value)
			return fail(-EINVAL, "--%s: an empty value; it wants %s", opt->name,
				    opt->value);
		*(const char **)field = value;
		break;
	case T_LIST:
		if (words->n == WORDS_MAX)
			return fail(-EINVAL, "--%s: at most %d times", opt->name, WORDS_MAX);
		words->word[words->n++] = value;
		break;
	}
	if (r)
		fail(0, "--%s %s: not a %s", opt->name, value,
		     opt->type == T_TIME   ? "time (500ms, 10s, 2m)"
		     : opt->type == T_SIZE ? "size (64k, 4M)"
					   : "number");
	return r;
}

/* Insertions, deletions and changes between two short words. */
static size_t distance(const char *a, const char *b)
{
	size_t row[32], n = strlen(b);

	if (n > 30)
		return 99;
	for (size_t i = 0; i <= n; i++)
		row[i] = i;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			size_t best = diagonal + (a[i - 1] != b[k - 1]);

			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			diagonal = row[k];
			row[k] = best;
		}
	}
	return row[n];
}

static int unknown(const char *arg, unsigned command)
{
	const char *near = NULL;
	size_t best = 4;

	for (size_t i = 0; i < N_OPTIONS && !strncmp(arg, "--", 2); i++) {
		size_t d = distance(arg + 2, table[i].name);

		if (table[i].commands & command && d < best) {
			best = d;
			near = table[i].name;
		}
	}
	if (near)
		return fail(-EINVAL, "%s: no such option; did you mean --%s?", arg, near);
	return fail(-EINVAL, "%s: no such option; see --help", arg);
}

static bool takes_value(const struct option *o)
{
	return o->type != T_FLAG && o->type != T_COUNTER;
}

static int long_option(struct options *o, unsigned command, char **argv, int argc, int *i)
{
	const char *arg = argv[*i], *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg - 2) : strlen(arg + 2);

	for (size_t k = 0; k < N_OPTIONS; k++) {
		const struct option *t = &table[k];
		const char *value = equals ? equals + 1 : NULL;

		if (strlen(t->name) != n || strncmp(arg + 2, t->name, n) ||
		    !(t->commands & command))
			continue;
		if (!takes_value(t))
			return equals ? fail(-EINVAL, "--%s takes no value", t->name)
				      : set(o, t, NULL);
		if (!value && *i + 1 < argc)
			value = argv[++*i];
		if (!value)
			return fail(-EINVAL, "--%s needs a value: %s", t->name, t->value);
		return set(o, t, value);
	}
	return unknown(arg, command);
}

static int short_options(struct options *o, unsigned command, char **argv, int argc, int *i)
{
	const char *arg = argv[*i];

	for (const char *p = arg + 1; *p; p++) {
		const struct option *t = NULL;
		const char *value = NULL;
		int r;

		for (size_t k = 0; k < N_OPTIONS && !t; k++)
			if (table[k].letter == *p && table[k].commands & command)
				t = &table[k];
		if (!t)
			return unknown(arg, command);
		if (takes_value(t)) {
			value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : NULL;
			if (!value)
				return fail(-EINVAL, "-%c needs a value: %s", *p, t->value);
		}
		r = set(o, t, value);
		if (r || value)
			return r;
	}
	return 0;
}

static int join(struct options *o, char **words, int n)
{
	size_t size = 1;

	for (int i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	o->filter = calloc(1, size);
	if (!o->filter)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		strcat(o->filter, words[i]);
		if (i + 1 < n)
			strcat(o->filter, " ");
	}
	return 0;
}

/* A filter may have numbers with a sign, and a sign alone. */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && (arg[1] == '-' || isalpha((unsigned char)arg[1]));
}

int options_parse(struct options *o, unsigned command, int argc, char **argv)
{
	int words = 1, r = 0;
	bool ended = false;

	*o = (struct options){0};
	/* as tcpdump: also behind the filter; the words gather at the front of argv */
	for (int i = 1; i < argc && !r; i++) {
		const char *arg = argv[i];

		if (ended || !is_option(arg))
			argv[words++] = argv[i];
		else if (!strcmp(arg, "--"))
			ended = true;
		else
			r = arg[1] == '-' ? long_option(o, command, argv, argc, &i)
					  : short_options(o, command, argv, argc, &i);
	}
	if (!r && words > 1 && !(command & FOR_WORDS))
		return fail(-EINVAL, "%s %s: takes options only; see --help", argv[0], argv[1]);
	return r ? r : join(o, argv + 1, words - 1);
}

void options_help(const char *command_line, const char *summary, unsigned command)
{
	printf("Usage: waybill %s\n%s\n\n", command_line, summary);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char left[80], letter[8] = "    ";

		if (!(table[i].commands & command))
			continue;
		if (table[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", table[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, table[i].name,
			 table[i].value ? " " : "", table[i].value ? table[i].value : "");
		if (strlen(left) > 28)
			printf("  %s\n  %28s %s\n", left, "", table[i].help);
		else
			printf("  %-28s %s\n", left, table[i].help);
	}
}

void options_clear(struct options *o)
{
	free(o->filter);
}
