/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of options, its parser and its help. */
#include "cmd/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

enum type { T_FLAG, T_COUNTER, T_NUMBER, T_TIME, T_SIZE, T_STRING, T_LIST };

static const struct option {
	const char *name;
	char letter;
	enum type type;
	size_t offset;
	unsigned commands;
	const char *value, *help;
} table[] = {
#define O(field) offsetof(struct options, field)
	{"interface", 'i', T_STRING, O(interface), FOR_TRACE, "IF", "only packets seen on this interface (default any)"},
	{"netns", 'N', T_STRING, O(netns), FOR_TRACE, "NS", "only packets seen in this network namespace: name, path, pid or inode number"},
	{"count", 'c', T_NUMBER, O(count), FOR_TRACE, "N", "stop after N journeys"},
	{"duration", 0, T_TIME, O(duration_ns), FOR_TRACE, "TIME", "stop after TIME (500ms, 10s, 2m)"},
	{"drops-only", 'd', T_FLAG, O(drops_only), FOR_TRACE, NULL, "only journeys that end in a drop"},
	{"slower-than", 's', T_TIME, O(slower_ns), FOR_TRACE, "TIME", "only journeys that took longer (50us, 2ms)"},
	{"all", 'a', T_FLAG, O(all), FOR_TRACE, NULL, "also the harmless ends that are hidden by default"},
	{"json", 'j', T_FLAG, O(json), FOR_TRACE | FOR_CHECK | FOR_EXPLAIN, NULL, "JSON lines on standard output"},
	{"write", 'w', T_STRING, O(write), FOR_TRACE, "FILE", "also write a pcapng file"},
	{"verbose", 'v', T_COUNTER, O(verbose), FOR_TRACE | FOR_CHECK, NULL, "also kernel functions; -vv: also raw values"},
	{"numeric", 'n', T_FLAG, O(numeric), FOR_TRACE, NULL, "print numbers, not names"},
	{"color", 0, T_STRING, O(color), FOR_TRACE, "WHEN", "auto, always, never (NO_COLOR is honoured)"},
	{"mode", 0, T_STRING, O(mode), FOR_TRACE | FOR_CHECK, "MODE", "auto, fentry, kprobe, tracepoint: how kernel functions are observed"},
	{"attach", 0, T_LIST, O(attach), FOR_TRACE, "WHAT", "attach an own observer that lets everything pass: xdp:IF[:native|generic], tc:IF, nf"},
	{"nft-trace", 0, T_FLAG, O(nft_trace), FOR_TRACE, NULL, "let nftables trace the filtered packets where rules can't be observed"},
	{"read-only", 0, T_FLAG, O(read_only), FOR_TRACE | FOR_CHECK, NULL, "attach nothing but probes"},
	{"fail-on-drop", 0, T_FLAG, O(fail_on_drop), FOR_TRACE, NULL, "exit 3 if a journey ended in a drop"},
	{"expect", 0, T_STRING, O(expect), FOR_TRACE, "OUTCOME[:STATION[:REASON]]", "exit 3 unless every journey ended so"},
	{"buffer", 0, T_SIZE, O(buffer), FOR_TRACE, "SIZE", "ring buffer of each CPU (64k, 4M; default chosen by memory)"},
	{"quiet", 'q', T_FLAG, O(quiet), FOR_TRACE, NULL, "no lines on standard error but errors"},
	{"version", 'V', T_FLAG, O(version), ~0U, NULL, "print the version"},
	{"help", 'h', T_FLAG, O(help), ~0U, NULL, "print this"},
#undef O
};
#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

static const struct {
	const char *name;
	uint64_t factor;
} times[] = {{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"", 1000000000},
	     {"m", 60000000000}, {"h", 3600000000000}},
  sizes[] = {{"", 1}, {"k", 1 << 10}, {"K", 1 << 10}, {"m", 1 << 20}, {"M", 1 << 20},
	     {"g", 1 << 30}, {"G", 1 << 30}};

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

static int set(struct options *o, const struct option *opt, const char *value)
{
	void *field = (char *)o + opt->offset;
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
	case T_STRING:
		*(const char **)field = value;
		break;
	case T_LIST:
		if (o->n_attach == ATTACH_MAX)
			return fail(-EINVAL, "--attach: at most %d times", ATTACH_MAX);
		o->attach[o->n_attach++] = value;
		break;
	}
	if (r)
		fail(0, "--%s %s: not a %s", opt->name, value,
		     opt->type == T_TIME ? "time (500ms, 10s, 2m)" :
		     opt->type == T_SIZE ? "size (64k, 4M)" :
					   "number");
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

		if (strlen(t->name) != n || strncmp(arg + 2, t->name, n) || !(t->commands & command))
			continue;
		if (!takes_value(t))
			return equals ? fail(-EINVAL, "--%s takes no value", t->name) : set(o, t, NULL);
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

int options_parse(struct options *o, unsigned command, int argc, char **argv)
{
	int i, r = 0;

	*o = (struct options){0};
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1] && !r; i++) {
		if (!strcmp(argv[i], "--")) {
			i++;
			break;
		}
		r = argv[i][1] == '-' ? long_option(o, command, argv, argc, &i) :
					short_options(o, command, argv, argc, &i);
	}
	return r ? r : join(o, argv + i, argc - i);
}

void options_help(const char *command_line, const char *summary, unsigned command)
{
	printf("Usage: waybill %s\n%s\n\n", command_line, summary);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		char left[64], letter[8] = "    ";

		if (!(table[i].commands & command))
			continue;
		if (table[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", table[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, table[i].name,
			 table[i].value ? " " : "", table[i].value ? table[i].value : "");
		printf("  %-28s %s\n", left, table[i].help);
	}
}

void options_clear(struct options *o)
{
	free(o->filter);
}
