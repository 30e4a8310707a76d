/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of options: the help, and of one that a command has not whose it is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/option.h"
#include "util/near.h"

static const struct {
	unsigned bit;
	const char *name;
} commands[] = {{FOR_TRACE, "trace"},	    {FOR_DROPS, "drops"},   {FOR_TOP, "top"},
		{FOR_STATIONS, "stations"}, {FOR_RECORD, "record"}, {FOR_READ, "read"},
		{FOR_FLOWS, "flows"},	    {FOR_EXPORT, "export"}, {FOR_CHECK, "check"},
		{FOR_EXPLAIN, "explain"},   {FOR_DIFF, "diff"},	    {FOR_REPORT, "report"},
		{FOR_SCHEMA, "schema"},	    {FOR_SEND, "send"}};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const char *command_name(unsigned bit)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (commands[i].bit == bit)
			return commands[i].name;
	return "";
}

static bool is_named(const struct option *o, const char *arg, char letter)
{
	size_t n = strcspn(arg + 2, "=");

	if (letter)
		return o->letter == letter;
	return strlen(o->name) == n && !strncmp(o->name, arg + 2, n);
}

/* The commands that have it, with "or" between them. */
static size_t owners(const char *arg, char letter, char *ret, size_t size)
{
	unsigned whose = 0;
	size_t at = 0;

	for (size_t i = 0; i < option_table_n; i++)
		if (is_named(&option_table[i], arg, letter))
			whose |= option_table[i].commands;
	for (size_t i = 0; i < N_COMMANDS && at < size; i++)
		if (whose & commands[i].bit)
			at += snprintf(ret + at, size - at, "%s'waybill %s'", at ? ", " : "",
				       commands[i].name);
	return at;
}

int option_unknown(const char *arg, char letter, unsigned command)
{
	char whose[400], shown[64];
	const char *near = NULL;
	size_t best = 4;

	if (letter)
		snprintf(shown, sizeof(shown), "-%c", letter);
	else
		snprintf(shown, sizeof(shown), "%.*s", (int)strcspn(arg, "="), arg);
	if (owners(arg, letter, whose, sizeof(whose)))
		return fail(-EINVAL, "%s: no option of 'waybill %s', but of %s", shown,
			    command_name(command), whose);
	for (size_t i = 0; i < option_table_n && !letter; i++) {
		size_t d = near_distance(shown + 2, option_table[i].name);

		if (option_table[i].commands & command && d < best) {
			best = d;
			near = option_table[i].name;
		}
	}
	if (near)
		return fail(-EINVAL, "%s: no such option; did you mean --%s?", shown, near);
	return fail(-EINVAL, "%s: no such option; see --help", shown);
}

/* The rest of an option's line, broken between words. */
static void put_help(const char *help)
{
	const size_t indent = 31, width = 100;

	while (strlen(help) > width - indent) {
		size_t n = width - indent;

		while (n && help[n] != ' ')
			n--;
		if (!n)
			break;
		printf("%.*s\n%*s", (int)n, help, (int)indent, "");
		help += n + 1;
	}
	printf("%s\n", help);
}

void options_help_line(const char *left, const char *help)
{
	if (strlen(left) > 28)
		printf("  %s\n  %28s ", left, "");
	else
		printf("  %-28s ", left);
	put_help(help);
}

void options_help(const char *command_line, const char *summary, unsigned command)
{
	printf("Usage: waybill %s\n%s\n\n", command_line, summary);
	for (size_t i = 0; i < option_table_n; i++) {
		const struct option *o = &option_table[i];
		char left[80], letter[8] = "    ";

		if (!(o->commands & command))
			continue;
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		options_help_line(left, o->help);
	}
}
