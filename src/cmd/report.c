/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill report: gathers what a page of a recording needs, journey by journey. How it is written
 * is in src/output/html*.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/replay.h"
#include "flows/flows.h"
#include "output/html.h"

/* Written whole; the rest is counted. A browser opens that at once. */
#define JOURNEYS_MAX 2000 /* that did not die */
#define DROPS_MAX    2000
#define FLOWS_SHOWN  500

struct report {
	struct sink sink;
	const struct options *o;
	struct html_page page;
	struct tally tally;
	struct html_path path;
	struct html_causes causes;
	struct flows *flows;
	struct text flow_parts, journeys;
	size_t n_journeys, n_drops, n_flows;
	int *ret_code; /* of what went wrong when it was written, which was said */
};

static int on_start(struct sink *sink, const struct sink_start *info)
{
	struct report *r = (struct report *)sink;

	snprintf(r->page.version, sizeof(r->page.version), "%s", info->version);
	snprintf(r->page.kernel, sizeof(r->page.kernel), "%s", info->kernel);
	snprintf(r->page.mode, sizeof(r->page.mode), "%s", info->mode);
	return 0;
}

static void show(struct report *r, const struct journey *j)
{
	static const struct sink_opts o = {0};
	bool dropped = j->outcome == OUTCOME_DROPPED;

	if (dropped ? r->n_drops >= DROPS_MAX : r->n_journeys >= JOURNEYS_MAX) {
		r->page.journeys_hidden++;
		return;
	}
	*(dropped ? &r->n_drops : &r->n_journeys) += 1;
	html_journey(&r->journeys, j, &o);
}

static int on_journey(struct sink *sink, const struct journey *j)
{
	struct report *r = (struct report *)sink;

	if (!r->page.first_ns)
		r->page.first_ns = j->wall_ns;
	if (r->page.last_ns < j->wall_ns + j->duration_ns)
		r->page.last_ns = j->wall_ns + j->duration_ns;
	if (tally_add(&r->tally, j) || html_path_add(&r->path, j) ||
	    html_causes_add(&r->causes, j) || flows_journey(r->flows, j))
		return -ENOMEM;
	show(r, j);
	return 0;
}

static void put_flow(void *arg, struct flow *f)
{
	struct report *r = arg;

	if (r->n_flows++ < FLOWS_SHOWN)
		html_flow(&r->flow_parts, f);
	else
		r->page.flows_hidden++;
}

static int write_page(const struct report *r, const struct text *t)
{
	bool is_stdout = !strcmp(r->o->output, "-");
	FILE *f = is_stdout ? stdout : fopen(r->o->output, "we");
	int e = 0;

	errno = 0;
	if (!f || fwrite(t->s, 1, t->n, f) != t->n || fflush(f))
		e = -(errno ? errno : EIO);
	if (f && !is_stdout)
		fclose(f);
	if (e)
		*r->ret_code = fail(EXIT_CANNOT, "-o %s: %s", r->o->output, strerror(-e));
	return 0;
}

static int on_summary(struct sink *sink, const struct sink_summary *sum)
{
	struct report *r = (struct report *)sink;
	struct text t = {0};
	int e;

	flows_each(r->flows, put_flow, r);
	r->page.title = r->o->read;
	r->page.sum = sum;
	r->page.tally = &r->tally;
	r->page.path = &r->path;
	r->page.causes = &r->causes;
	r->page.flows = &r->flow_parts;
	r->page.journeys = &r->journeys;
	html_page_put(&t, &r->page);
	e = t.failed || r->journeys.failed || r->flow_parts.failed ? -ENOMEM : write_page(r, &t);
	text_free(&t);
	return e;
}

static void on_free(struct sink *sink)
{
	struct report *r = (struct report *)sink;

	tally_clear(&r->tally);
	html_path_clear(&r->path);
	html_causes_clear(&r->causes);
	flows_free(r->flows);
	text_free(&r->flow_parts);
	text_free(&r->journeys);
	free(r);
}

static const struct sink_ops ops = {on_start, on_journey, NULL, on_summary, on_free};

static int run(const struct options *o)
{
	int code = EXIT_DONE, read_code;
	struct report *r;

	if (!o->read || !o->output)
		return fail(EXIT_USAGE, "report: %s is missing: %s",
			    o->read ? "-o FILE" : "-r FILE",
			    o->read ? "where the page goes" : "the recording");
	r = calloc(1, sizeof(*r));
	if (!r)
		return fail(EXIT_CANNOT, "out of memory");
	r->sink.ops = &ops;
	r->sink.o.out = stdout;
	r->o = o;
	r->flows = flows_new(put_flow, r);
	if (!r->flows) {
		on_free(&r->sink);
		return fail(EXIT_CANNOT, "out of memory");
	}
	r->ret_code = &code;
	read_code = replay(o, &r->sink, NULL);
	return read_code ? read_code : code;
}

int cmd_report(int argc, char **argv)
{
	struct options o;
	int r = EXIT_USAGE;

	if (options_parse(&o, FOR_REPORT, argc, argv))
		goto out;
	r = EXIT_DONE;
	if (o.help)
		options_help("report -r FILE -o FILE.html [OPTIONS] [PCAP-FILTER]",
			     "A recording as one page for a browser, that needs nothing else.",
			     FOR_REPORT);
	else
		r = run(&o);
out:
	options_clear(&o);
	return r;
}
