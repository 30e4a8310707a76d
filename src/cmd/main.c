/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill: only the dispatch to the commands; each has a file of its own. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct {
	const char *name, *summary;
	int (*run)(int argc, char **argv); /* NULL: not there yet */
} commands[] = {
	{"trace", "follow packets and print each one's journey (the default)", cmd_trace},
	{"drops", "count where packets die, layer against layer", NULL},
	{"top", "the same, full-screen and live", NULL},
	{"stations", "what stands in a packet's way here", NULL},
	{"record", "write a recording", NULL},
	{"read", "print a recording", NULL},
	{"explain", "what a drop reason or a station means", cmd_explain},
	{"check", "what waybill can see on this kernel, and why not the rest", cmd_check},
	{"export", "Prometheus metrics", NULL},
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	printf("waybill follows packets through the Linux kernel and says what became of them.\n\n"
	       "Usage: waybill [COMMAND] [OPTIONS] [PCAP-FILTER]\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s %s%s\n", commands[i].name, commands[i].summary,
		       commands[i].run ? "" : " (not yet)");
	printf("\n'waybill COMMAND --help' lists a command's options. PCAP-FILTER is tcpdump's language.\n");
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")))
		return help();
	if (argc > 1 && (!strcmp(argv[1], "-V") || !strcmp(argv[1], "--version"))) {
		printf("waybill %s\n", WAYBILL_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		if (!commands[i].run)
			return fail(EXIT_CANNOT, "%s: not yet in this version", argv[1]);
		return commands[i].run(argc - 1, argv + 1);
	}
	return cmd_trace(argc, argv);
}
