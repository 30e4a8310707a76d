/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill read, and flows of a recording: options only; src/cmd/replay.c reads. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/replay.h"

int cmd_read(int argc, char **argv)
{
	struct options o;
	int r = EXIT_USAGE;

	if (options_parse(&o, FOR_READ, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (o.help)
		options_help("read -r FILE [OPTIONS] [PCAP-FILTER]",
			     "Prints a recording, with the same views and filters as live.",
			     FOR_READ);
	else if (!o.read)
		r = fail(EXIT_USAGE, "read: -r FILE is missing: the recording to print");
	else
		r = replay(&o, NULL, NULL);
out:
	options_clear(&o);
	return r;
}
