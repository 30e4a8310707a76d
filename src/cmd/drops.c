/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill drops: the tally of all packets, printed each interval and at the end. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/counting.h"
#include "output/layers.h"
#include "util/clock.h"

static void print(struct counting *c, struct tally *t, uint64_t ns, bool final)
{
	enum tally_by by = tally_by_name(c->o.by);
	struct text out = {0};

	tally_sort(t);
	if (c->o.json)
		layers_json(&out, t, by, ns, final);
	else
		layers_text(&out, t, by, ns, final);
	if (fwrite(out.s, 1, out.n, stdout) != out.n || fflush(stdout))
		c->stop = true;
	text_free(&out);
}

static void show(struct counting *c, struct tally *interval, uint64_t interval_ns)
{
	print(c, interval, interval_ns, false);
}

static int run(struct counting *c)
{
	int r;

	c->show = show;
	c->interval_ns = c->o.interval_ns;
	if (!c->interval_ns)
		c->interval_ns = c->o.duration_ns ? UINT64_MAX : SECOND_NS;
	r = counting_run(c);
	if (c->all_ns)
		print(c, &c->all, c->all_ns, true);
	return r;
}

int cmd_drops(int argc, char **argv)
{
	struct counting *c = calloc(1, sizeof(*c));
	int r = EXIT_USAGE;

	if (!c)
		return fail(EXIT_CANNOT, "out of memory");
	if (options_parse(&c->o, FOR_DROPS, argc, argv))
		goto out;
	if (c->o.help) {
		options_help("drops [OPTIONS] [PCAP-FILTER]",
			     "Counts where packets die, layer against layer.", FOR_DROPS);
		r = EXIT_DONE;
		goto out;
	}
	r = run(c);
out:
	fflush(stdout);
	counting_close(c);
	options_clear(&c->o);
	free(c);
	return r;
}
