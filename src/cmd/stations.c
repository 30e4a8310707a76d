/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill stations: what stands in a packet's way in one namespace. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/netns.h"
#include "cmd/options.h"
#include "causes/obstacle.h"
#include "host/confine.h"
#include "model/journey.h"
#include "util/json.h"
#include "util/foreign.h"

static void put_text(struct text *t, const struct obstacles *o)
{
	enum wb_station last = WB_STATION_NONE;

	for (size_t i = 0; i < o->n; i++) {
		const struct obstacle *r = &o->rows[i];
		size_t line;

		if (r->station != last)
			text_printf(t, "%s\n", station_name(r->station));
		last = r->station;
		line = t->n;
		text_put(t, "  ", 2);
		text_escaped(t, r->dev[0] ? r->dev : "*");
		text_pad(t, line, 19);
		text_printf(t, "%s", r->family ? r->family : "");
		text_pad(t, line, 26);
		if (r->has_priority)
			text_printf(t, "%11d", r->priority);
		text_pad(t, line, 39);
		text_printf(t, "%s", r->kind);
		text_pad(t, line, 55);
		text_escaped(t, r->text);
		text_put(t, "\n", 1);
	}
	if (!o->hooks_from_kernel)
		text_printf(t,
			    "\nThis kernel does not tell what is registered at its hooks: the nf "
			    "stations show the rulesets' chains\nby priority (those of equal "
			    "priority may run the other way round), without conntrack and NAT.\n");
}

static void put_json(struct text *t, const struct obstacles *o, const char *netns)
{
	unsigned order = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct obstacle *r = &o->rows[i];
		struct json w = {.out = t};

		order = i && r->station == r[-1].station ? order + 1 : 1;
		json_open(&w, NULL, '{');
		json_number(&w, "v", 1);
		json_text(&w, "type", "obstacle");
		json_text(&w, "station", station_name(r->station));
		json_unsigned(&w, "order", order);
		if (netns)
			json_text(&w, "netns", netns);
		if (r->dev[0])
			json_text(&w, "dev", r->dev);
		json_text(&w, "kind", r->kind);
		if (r->family)
			json_text(&w, "family", r->family);
		if (r->has_priority) {
			json_number(&w, "priority", r->priority);
			json_text(&w, "order_from", o->hooks_from_kernel ? "kernel" : "priority");
		}
		if (r->prog_id)
			json_unsigned(&w, "id", r->prog_id);
		json_text(&w, "text", r->text);
		json_close(&w, '}');
		text_put(t, "\n", 1);
	}
}

/* Only the broker keeps rights. An exit code, after one line on standard error. */
static int ask(struct obstacles *obstacles, struct names *names, const char *dev)
{
	int r = host_start(names_host(names), NULL);

	if (!r)
		r = host_confine_main(0);
	if (!r)
		r = obstacles_read(obstacles, names, dev);
	if (r == -ENODEV)
		return fail(EXIT_USAGE,
			    "-i %s: no such interface here; -N looks in another namespace", dev);
	return r ? fail(EXIT_CANNOT, "stations: %s; it needs root", strerror(-r)) : EXIT_DONE;
}

int cmd_stations(int argc, char **argv)
{
	struct obstacles obstacles = {0};
	struct names *names = NULL;
	struct text t = {0};
	struct options o;
	const char *netns;
	int r = EXIT_USAGE, e;

	if (options_parse(&o, FOR_STATIONS, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (o.help) {
		options_help("stations [-i IF] [-N NETNS]",
			     "What stands in a packet's way here, in the order in which it runs.",
			     FOR_STATIONS);
		goto out;
	}
	netns = o.netns.n ? o.netns.word[0] : NULL;
	if (o.netns.n > 1) {
		r = fail(EXIT_USAGE, "-N: one namespace at a time");
		goto out;
	}
	e = netns ? netns_enter(netns) : 0; /* for good: its broker asks there */
	if (e) {
		r = fail(e == -ENOENT ? EXIT_USAGE : EXIT_CANNOT, "-N %s: %s", netns,
			 e == -ENOENT
				 ? "no such network namespace (a name of 'ip netns', a path, a "
				   "pid or an inode number)"
				 : strerror(-e));
		goto out;
	}
	if (o.interface.n > 1) {
		r = fail(EXIT_USAGE, "-i: one interface at a time");
		goto out;
	}
	if (names_new(&names)) {
		r = fail(EXIT_CANNOT, "out of memory");
		goto out;
	}
	r = ask(&obstacles, names, o.interface.word[0]);
	if (r)
		goto out;
	if (obstacles.unread.n)
		fail(EXIT_DONE, "stations: %s", obstacles.unread.s);
	if (o.json)
		put_json(&t, &obstacles, netns);
	else
		put_text(&t, &obstacles);
	if (t.n && fwrite(t.s, 1, t.n, stdout) != t.n)
		r = fail(EXIT_CANNOT, "standard output: %s", strerror(errno));
out:
	fflush(stdout);
	obstacles_free(&obstacles);
	names_free(names);
	text_free(&t);
	options_clear(&o);
	return r;
}
