/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill: only the dispatch to the commands; each has a file of its own. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/outlet.h"
#include "filter/filter.h"
#include "util/near.h"

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"trace", "follow packets and print each one's journey (the default)", cmd_trace},
	{"drops", "count where packets die, layer against layer", cmd_drops},
	{"top", "the same, full-screen and live", cmd_top},
	{"stations", "what stands in a packet's way here", cmd_stations},
	{"record", "write a recording", cmd_record},
	{"read", "print a recording", cmd_read},
	{"explain", "what a drop reason or a station means", cmd_explain},
	{"check", "what waybill can see on this kernel, and why not the rest", cmd_check},
	{"flows", "one story a conversation: both directions, through NAT", cmd_flows},
	{"diff", "two journeys, or recordings, station by station: where they part", cmd_diff},
	{"report", "a recording as one page of pictures and tables", cmd_report},
	{"schema", "the JSON schemas of what -j prints", cmd_schema},
	{"export", "Prometheus metrics", cmd_export},
	{"send", "put one made packet on its path, tell its journey, let nothing out", cmd_send},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("waybill follows packets through the Linux kernel and says what became of them.\n\n"
	       "Usage: waybill [COMMAND] [OPTIONS] [PCAP-FILTER]\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	printf("\n'waybill COMMAND --help' lists a command's options. PCAP-FILTER is tcpdump's "
	       "language.\n");
	return EXIT_DONE;
}

static bool is(const char *arg, const char *letter, const char *name)
{
	return !strcmp(arg, letter) || !strcmp(arg, name);
}

static int version(void)
{
	printf("waybill %s\n", WAYBILL_VERSION);
	return EXIT_DONE;
}

/* Was a command meant by what would be a filter, and is none? */
static const char *meant(const char *word)
{
	struct filter f = {0};
	char err[512];
	bool is_filter = !filter_compile(word, &f, err, sizeof(err));

	filter_clear(&f);
	if (is_filter || word[0] == '-')
		return NULL;
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (near_distance(word, commands[i].name) < (strlen(word) < 5 ? 2 : 3))
			return commands[i].name;
	return NULL;
}

static int run(int argc, char **argv)
{
	const char *near;

	if (argc > 1 && (is(argv[1], "-h", "--help") || (argc == 2 && !strcmp(argv[1], "help"))))
		return help();
	if (argc > 1 && is(argv[1], "-V", "--version"))
		return version();
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (argc > 2 && is(argv[2], "-V", "--version"))
			return version();
		return commands[i].run(argc - 1, argv + 1);
	}
	near = argc > 1 ? meant(argv[1]) : NULL;
	if (near)
		return fail(EXIT_USAGE,
			    "%s: neither a command nor a filter; did you mean 'waybill %s'?",
			    argv[1], near);
	return cmd_trace(argc, argv);
}

int main(int argc, char **argv)
{
	outlet_open();
	return outlet_close(run(argc, argv));
}
