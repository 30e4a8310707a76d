/* SPDX-License-Identifier: GPL-2.0-only */
/* The parser of options, by their table. What is said of them is in options_help.c. */
#include "cmd/options.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/option.h"

#define FOR_WORDS                                                                                  \
	(FOR_TRACE | FOR_DROPS | FOR_TOP | FOR_EXPORT | FOR_RECORD | FOR_READ | FOR_FLOWS |        \
	 FOR_EXPLAIN | FOR_DIFF | FOR_REPORT | FOR_SCHEMA |                                        \
	 FOR_SEND) /* a filter, names, a packet */

static const struct {
	const char *name;
	uint64_t factor;
} times[] = {{"ns", 1},		{"us", 1000},	    {"ms", 1000000},
	     {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}},
  sizes[] = {{"", 1},	     {"k", 1 << 10}, {"K", 1 << 10}, {"m", 1 << 20},
	     {"M", 1 << 20}, {"g", 1 << 30}, {"G", 1 << 30}};
#define UNIT_BYTES 1000000 /* of -C, where nothing stands behind the number */

#define N_TIMES (sizeof(times) / sizeof(times[0]))
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static int parse_scaled(const char *s, enum option_type type, uint64_t *ret)
{
	char *end;
	double v;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	v = strtod(s, &end);
	if (errno)
		return -EINVAL;
	for (size_t i = 0; i < (type == T_TIME ? N_TIMES : N_SIZES); i++) {
		const char *unit = type == T_TIME ? times[i].name : sizes[i].name;

		if (strcmp(end, unit))
			continue;
		v *= type == T_TIME ? times[i].factor : sizes[i].factor;
		if (type == T_FILE_SIZE && !*end)
			v *= UNIT_BYTES;
		if (v > 1e18 || v < 1)
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

static int parse_number(const char *value, bool zero, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(value, &end, 10);
	return *end || end == value || errno || !isdigit((unsigned char)*value) || (!*ret && !zero)
		       ? -EINVAL
		       : 0;
}

static const char *kind_of_value(enum option_type type)
{
	switch (type) {
	case T_TIME:
		return "time above 0, with its unit (500ms, 10s, 2m)";
	case T_SIZE:
		return "size above 0 (64k, 4M)";
	case T_FILE_SIZE:
		return "size above 0 (100 for 100 million bytes, or 64k, 4M)";
	case T_AMOUNT:
		return "number";
	default:
		return "number above 0";
	}
}

/* Of the options that take one value: each once, whatever its rows. */
static int once(struct options *o, const struct option *opt, const char *value)
{
	if (opt->type == T_FLAG || opt->type == T_COUNTER || opt->type == T_LIST)
		return 0;
	for (size_t i = 0; i < o->n_given; i++)
		if (o->given[i] == opt)
			return fail(-EINVAL, "--%s %s: given twice, and it takes one value",
				    opt->name, value);
	if (o->n_given < sizeof(o->given) / sizeof(o->given[0]))
		o->given[o->n_given++] = opt;
	return 0;
}

static int set(struct options *o, const struct option *opt, const char *value)
{
	void *field = (char *)o + opt->offset;
	struct words *words = field;
	int r = once(o, opt, value);

	if (r)
		return r;
	switch (opt->type) {
	case T_FLAG:
		*(bool *)field = true;
		break;
	case T_COUNTER:
		++*(int *)field;
		break;
	case T_NUMBER:
	case T_AMOUNT:
		r = parse_number(value, opt->type == T_AMOUNT, field);
		break;
	case T_TIME:
	case T_SIZE:
	case T_FILE_SIZE:
		r = parse_scaled(value, opt->type, field);
		break;
	case T_ENUM:
		if (!listed(opt->value, value))
			return fail(-EINVAL, "--%s %s: not one of %s", opt->name, value,
				    opt->value);
		*(const char **)field = value;
		break;
	case T_STRING:
	case T_LIST:
		if (!*value)
			return fail(-EINVAL, "--%s: an empty value; it wants %s", opt->name,
				    opt->value);
		if (opt->type == T_STRING)
			*(const char **)field = value;
		else if (words->n == WORDS_MAX)
			return fail(-EINVAL, "--%s: at most %d times", opt->name, WORDS_MAX);
		else
			words->word[words->n++] = value;
		break;
	}
	if (r)
		fail(0, "--%s %s: not a %s", opt->name, value, kind_of_value(opt->type));
	return r;
}

static bool takes_value(const struct option *o)
{
	return o->type != T_FLAG && o->type != T_COUNTER;
}

static int long_option(struct options *o, unsigned command, char **argv, int argc, int *i)
{
	const char *arg = argv[*i], *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg - 2) : strlen(arg + 2);

	for (size_t k = 0; k < option_table_n; k++) {
		const struct option *t = &option_table[k];
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
	return option_unknown(arg, 0, command);
}

static int short_options(struct options *o, unsigned command, char **argv, int argc, int *i)
{
	const char *arg = argv[*i];

	for (const char *p = arg + 1; *p; p++) {
		const struct option *t = NULL;
		const char *value = NULL;
		int r;

		for (size_t k = 0; k < option_table_n && !t; k++)
			if (option_table[k].letter == *p && option_table[k].commands & command)
				t = &option_table[k];
		if (!t)
			return option_unknown(arg, *p, command);
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

	*o = (struct options){.snaplen = SNAPLEN_DEFAULT, .budget = BUDGET_DEFAULT};
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
	if (!r && o->fold && o->no_fold)
		return fail(-EINVAL, "--fold and --no-fold: one of them");
	o->n_words = words - 1;
	return r ? r : join(o, argv + 1, words - 1);
}

void options_clear(struct options *o)
{
	free(o->filter);
}
