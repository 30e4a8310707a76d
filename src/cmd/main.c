/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill: only the dispatch to the commands; each has a file of its own. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

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
	{"export", "Prometheus metrics", cmd_export},
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

int main(int argc, char **argv)
{
	if (argc > 1 && is(argv[1], "-h", "--help"))
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
	return cmd_trace(argc, argv);
}
