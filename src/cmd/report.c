/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill report: gathers what a page of a recording needs, journey by journey. How it is written
 * is in src/output/html*.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/recording.h"
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
	FILE *out;     /* NULL: not open yet */
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
	int e = 0;

	errno = 0;
	/* what was in the file is overwritten only now, when there is a page */
	if ((r->out != stdout && ftruncate(fileno(r->out), 0) && errno != EINVAL) ||
	    fwrite(t->s, 1, t->n, r->out) != t->n || fflush(r->out))
		e = -(errno ? errno : EIO);
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
	if (r->out && r->out != stdout)
		fclose(r->out);
	free(r);
}

static const struct sink_ops ops = {
	.start = on_start, .journey = on_journey, .summary = on_summary, .free = on_free};

static struct report *report_new(const struct options *o)
{
	struct report *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->sink.ops = &ops;
	r->sink.o.out = stdout;
	r->o = o;
	r->flows = flows_new(put_flow, r);
	if (r->flows)
		return r;
	on_free(&r->sink);
	return NULL;
}

static FILE *open_page(const char *path)
{
	int fd = strcmp(path, "-") ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666) : -1;

	return !strcmp(path, "-") ? stdout : fd < 0 ? NULL : fdopen(fd, "w");
}

static int run(const struct options *o)
{
	int code = EXIT_DONE, read_code, e;
	struct recording_in in;
	struct report *r;

	if (!o->read || !o->output)
		return fail(EXIT_USAGE, "report: %s is missing: %s",
			    o->read ? "-o FILE" : "-r FILE",
			    o->read ? "where the page goes" : "the recording");
	/* both are opened before anything is read: then none can be any more */
	e = recording_open(o->read, &in);
	if (e)
		return fail(EXIT_CANNOT, "-r %s: %s", o->read, strerror(-e));
	r = report_new(o);
	if (!r) {
		recording_close(&in);
		return fail(EXIT_CANNOT, "out of memory");
	}
	r->out = open_page(o->output);
	if (!r->out) {
		code = fail(EXIT_CANNOT, "-o %s: %s", o->output, strerror(errno));
		recording_close(&in);
		on_free(&r->sink);
		return code;
	}
	r->ret_code = &code;
	read_code = replay(o, &in, &r->sink);
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
