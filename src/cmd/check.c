/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill check: what can be seen on this kernel, and why not the rest. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "collect/collect.h"
#include "model/journey.h"
#include "util/json.h"

/* Why a station is not observed: what the first of its probes lacks. */
static const char *why_not(const struct plan *p, enum wb_station s)
{
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++)
		if (plan_row_serves(p, i, s) && !p->rows[i].how && p->rows[i].why[0])
			return p->rows[i].why;
	return "this version has no probe for it";
}

static void print_station(const struct plan *p, enum wb_station s)
{
	const char *comma = "";

	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		if (!p->rows[i].how || !plan_row_serves(p, i, s))
			continue;
		printf("%s%s (%s)", comma, p->rows[i].name, plan_how_name(p->rows[i].how));
		comma = ", ";
	}
	if (!comma[0])
		printf("only as the place of a drop: %s", why_not(p, s));
}

/* Which process keeps which rights while packets are followed, and why. */
static const struct {
	const char *process, *keeps, *why;
} rights[] = {
	{"waybill", "nothing",
	 "it reads events and prints; no new programs, a filter of system calls"},
	{"", "CAP_BPF", "only before Linux 5.19 with unprivileged BPF off: to read BPF maps"},
	{"", "nothing", "read and all that reads a recording: no sockets, no file to write either"},
	{"waybill-broker", "CAP_SYS_ADMIN, CAP_NET_ADMIN and others",
	 "it enters namespaces and starts workers; a closed list of requests, a filter of system "
	 "calls (no modules, mounts, tracing of processes)"},
	{"waybill-keeper", "as the broker", "it observes new namespaces, probes modules that come"},
	{"its workers", "CAP_NET_ADMIN", "one question each, over netlink; no files, no programs"},
	{"", "CAP_SYS_PTRACE", "only for whose socket it is (/proc/PID/fd)"},
	{"", "CAP_SYS_ADMIN, CAP_BPF", "only for BPF programs by their ids"},
	{"", "CAP_NET_RAW",
	 "only for legacy iptables, whose text /usr/sbin/iptables-legacy-save gives"},
	{"waybill-send", "CAP_NET_ADMIN, CAP_BPF",
	 "send: it puts the packet in and takes away what it left; no files, no programs; until "
	 "its programs are loaded CAP_SYS_ADMIN and CAP_PERFMON, too"},
	{"", "nothing", "send -r: the capture is read by a process without any"},
	{"tc-guard", "CAP_NET_ADMIN",
	 "--attach tc: and send on kernels without links: it removes the filters; a filter of "
	 "system calls (netlink, to wait, to end)"},
};

static void print_rights(void)
{
	printf("\nwho keeps which rights once all is attached:\n");
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		printf("  %-16s %-26s %s\n", rights[i].process, rights[i].keeps, rights[i].why);
}

static void print_text(const struct kernel *k, const struct plan *p, int verbose)
{
	printf("kernel %s, mode %s, %u probes\n\n", kernel_release(k), collect_mode_name(p->mode),
	       p->n_probes);
	for (int i = 0; i < KERNEL_FEATURE_MAX; i++)
		printf("  %-16s %s%s\n", kernel_feature_name(i),
		       kernel_has(k, i) ? "yes" : "no: ", kernel_why_not(k, i));
	printf("\n");
	for (int s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++) {
		printf("  %-24s", station_name(s));
		print_station(p, s);
		printf("\n");
	}
	print_rights();
	if (!verbose)
		return;
	printf("\nnot observed:\n");
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++)
		if (!p->rows[i].how)
			printf("  %-28s %s\n", p->rows[i].name, p->rows[i].why);
}

static void print_json(const struct kernel *k, const struct plan *p)
{
	struct text t = {0};
	struct json w = {.out = &t};
	const char *process = "";

	json_open(&w, NULL, '{');
	json_number(&w, "v", 1);
	json_text(&w, "type", "check");
	json_text(&w, "kernel", kernel_release(k));
	json_text(&w, "mode", collect_mode_name(p->mode));
	json_open(&w, "features", '{');
	for (int i = 0; i < KERNEL_FEATURE_MAX; i++)
		json_bool(&w, kernel_feature_name(i), kernel_has(k, i));
	json_close(&w, '}');
	json_open(&w, "why_not", '{');
	for (int i = 0; i < KERNEL_FEATURE_MAX; i++)
		if (!kernel_has(k, i))
			json_text(&w, kernel_feature_name(i), kernel_why_not(k, i));
	json_close(&w, '}');
	json_open(&w, "stations", '{');
	for (int s = WB_STATION_NONE + 1; s < WB_STATION_MAX; s++)
		json_bool(&w, station_name(s), plan_reaches(p, s));
	json_close(&w, '}');
	json_open(&w, "probes", '[');
	for (int i = WB_PROBE_NONE + 1; i < WB_PROBE_MAX; i++) {
		json_open(&w, NULL, '{');
		json_text(&w, "name", p->rows[i].name);
		if (p->rows[i].station)
			json_text(&w, "station", station_name(p->rows[i].station));
		json_text(&w, "how", plan_how_name(p->rows[i].how));
		if (!p->rows[i].how)
			json_text(&w, "why", p->rows[i].why);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_open(&w, "rights", '[');
	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
		if (rights[i].process[0])
			process = rights[i].process;
		json_open(&w, NULL, '{');
		json_text(&w, "process", process);
		json_text(&w, "keeps", rights[i].keeps);
		json_text(&w, "why", rights[i].why);
		json_close(&w, '}');
	}
	json_close(&w, ']');
	json_close(&w, '}');
	text_put(&t, "\n", 1);
	fwrite(t.s, 1, t.n, stdout);
	text_free(&t);
}

int cmd_check(int argc, char **argv)
{
	struct collect_opts c = {.mode = MODE_AUTO, .match_all = true};
	struct collect *collect = NULL;
	char err[512];
	struct options o;
	int r = EXIT_USAGE;

	if (options_parse(&o, FOR_CHECK, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (o.help) {
		options_help("check [OPTIONS]",
			     "What waybill can see on this kernel, and why not the rest.",
			     FOR_CHECK);
		goto out;
	}
	if (o.mode)
		c.mode = collect_mode_by_name(o.mode);
	c.read_only = o.read_only;
	c.verbose = o.verbose > 1;
	if (collect_open(&collect, &c, err, sizeof(err))) {
		r = fail_collect(err);
		goto out;
	}
	if (o.json)
		print_json(collect_kernel(collect), collect_plan(collect));
	else
		print_text(collect_kernel(collect), collect_plan(collect), o.verbose);
out:
	fflush(stdout);
	collect_close(collect);
	options_clear(&o);
	return r;
}
