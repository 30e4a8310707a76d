/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill export: the tally as Prometheus metrics, served or written to a file each interval. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/counting.h"
#include "output/prometheus.h"
#include "util/clock.h"

#define HERE	    "127.0.0.1"
#define CONNECTIONS 16

struct export
{
	struct counting counting;
	struct MHD_Daemon *daemon;
	struct prometheus out;
	struct sink_start start;
	enum wb_station missing[WB_STATION_MAX];
	int write_errno;
};

/* -1: there is no such file here, or nothing is tracked. */
static int64_t read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long long v = -1;

	if (f && fscanf(f, "%lld", &v) != 1)
		v = -1;
	if (f)
		fclose(f);
	return v;
}

static void render(struct export *e, struct text *t)
{
	struct live *l = &e->counting.live;

	if (!e->start.version)
		live_info(l, &e->start, e->missing);
	e->out.all = &e->counting.all;
	e->out.start = &e->start;
	e->out.losses = l->losses;
	e->out.misses = l->misses;
	e->out.conntrack_entries = read_number("/proc/sys/net/netfilter/nf_conntrack_count");
	e->out.conntrack_limit = read_number("/proc/sys/net/netfilter/nf_conntrack_max");
	prometheus_text(t, &e->out);
}

/* Whole or not at all: the collector may read at any time. 0 or -errno. */
static int write_file(struct export *e, const char *path)
{
	struct text t = {0}, temporary = {0};
	FILE *f;
	int r = 0;

	render(e, &t);
	text_printf(&temporary, "%s.%d.tmp", path, getpid());
	if (t.failed || temporary.failed) {
		r = -ENOMEM;
		goto out;
	}
	f = fopen(temporary.s, "we");
	if (!f) {
		r = -errno;
		goto out;
	}
	if (fwrite(t.s, 1, t.n, f) != t.n || fchmod(fileno(f), 0644))
		r = -errno;
	if (fclose(f) && !r)
		r = -errno;
	if (!r && rename(temporary.s, path))
		r = -errno;
	if (r)
		unlink(temporary.s);
out:
	text_free(&t);
	text_free(&temporary);
	return r;
}

/* Whatever stands in the way of writing there is said before the packets are counted. */
static int try_file(const char *path)
{
	struct text temporary = {0};
	int fd, r = EXIT_DONE;

	text_printf(&temporary, "%s.%d.tmp", path, getpid());
	fd = open(temporary.s, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0600);
	if (fd < 0)
		r = fail(EXIT_CANNOT, "--textfile %s: %s", path, strerror(errno));
	else
		unlink(temporary.s);
	if (fd >= 0)
		close(fd);
	text_free(&temporary);
	return r;
}

static void show(struct counting *c, struct tally *interval, uint64_t interval_ns)
{
	struct export *e = c->arg;

	(void)interval;
	(void)interval_ns;
	if (!c->o.textfile)
		return;
	e->write_errno = -write_file(e, c->o.textfile);
	c->stop = e->write_errno;
}

static void serve(struct counting *c)
{
	struct export *e = c->arg;

	if (e->daemon)
		MHD_run(e->daemon);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **state)
{
	static const char hint[] = "waybill's metrics are at /metrics\n";
	bool get = !strcmp(method, "GET") || !strcmp(method, "HEAD");
	struct MHD_Response *response;
	struct text t = {0};
	unsigned status = MHD_HTTP_OK;
	enum MHD_Result r;

	(void)version;
	(void)body;
	(void)body_size;
	(void)state;
	if (get && !strcmp(url, "/metrics")) {
		render(arg, &t);
	} else {
		status = !get		    ? MHD_HTTP_METHOD_NOT_ALLOWED
			 : strcmp(url, "/") ? MHD_HTTP_NOT_FOUND
					    : MHD_HTTP_OK;
		text_put(&t, hint, sizeof(hint) - 1);
	}
	response =
		t.failed ? NULL : MHD_create_response_from_buffer(t.n, t.s, MHD_RESPMEM_MUST_COPY);
	text_free(&t);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "text/plain; version=0.0.4");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

/* "ADDR:PORT", "[ADDR]:PORT", ":PORT" or "PORT"; without an address only this machine may ask. */
static int parse_listen(const char *text, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (void *)ret;
	struct sockaddr_in6 *v6 = (void *)ret;
	const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
	char addr[INET6_ADDRSTRLEN + 2] = HERE, *end;
	unsigned long n = strtoul(port, &end, 10);

	memset(ret, 0, sizeof(*ret));
	if (end == port || *end || n == 0 || n > UINT16_MAX)
		return -EINVAL;
	if (colon && colon != text)
		snprintf(addr, sizeof(addr), "%.*s", (int)(colon - text), text);
	if (inet_pton(AF_INET, addr, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(n);
		return 0;
	}
	if (addr[0] != '[' || addr[strlen(addr) - 1] != ']')
		return -EINVAL;
	addr[strlen(addr) - 1] = 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(n);
	return inet_pton(AF_INET6, addr + 1, &v6->sin6_addr) == 1 ? 0 : -EINVAL;
}

static int listen_on(struct export *e, const char *text)
{
	struct sockaddr_storage at;
	unsigned flags = MHD_NO_FLAG;

	if (parse_listen(text, &at))
		return fail(
			EXIT_USAGE,
			"--listen %s: not ADDR:PORT (127.0.0.1:9137, [::1]:9137, or a port alone)",
			text);
	if (at.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	e->daemon = MHD_start_daemon(flags, 0, NULL, NULL, answer, e, MHD_OPTION_SOCK_ADDR, &at,
				     MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, 10U, MHD_OPTION_END);
	if (!e->daemon)
		return fail(EXIT_CANNOT, "--listen %s: %s", text,
			    errno ? strerror(errno) : "the address can't be used");
	return EXIT_DONE;
}

/* "rule", "program" or both with a comma between. */
static int parse_labels(struct export *e, const char *list)
{
	while (list && *list) {
		size_t n = strcspn(list, ",");

		if (n == 4 && !strncmp(list, "rule", n))
			e->out.rules = true;
		else if (n == 7 && !strncmp(list, "program", n))
			e->out.programs = true;
		else
			return fail(EXIT_USAGE, "--labels %s: not of rule,program",
				    e->counting.o.labels);
		list += n + (list[n] == ',');
	}
	return EXIT_DONE;
}

static int run(struct export *e)
{
	struct counting *c = &e->counting;
	int r;

	if (!c->o.listen == !c->o.textfile)
		return fail(EXIT_USAGE, "export: either --listen ADDR:PORT or --textfile FILE");
	r = parse_labels(e, c->o.labels);
	if (!r && c->o.listen)
		r = listen_on(e, c->o.listen);
	if (!r && c->o.textfile)
		r = try_file(c->o.textfile);
	if (r)
		return r;
	c->arg = e;
	c->show = show;
	c->idle = serve;
	c->interval_ns = c->o.interval_ns ? c->o.interval_ns : SECOND_NS;
	r = counting_run(c);
	if (c->all_ns && c->o.textfile && !e->write_errno)
		e->write_errno = -write_file(e, c->o.textfile);
	if (e->write_errno)
		return fail(EXIT_CANNOT, "--textfile %s: %s", c->o.textfile,
			    strerror(e->write_errno));
	return r;
}

int cmd_export(int argc, char **argv)
{
	struct export *e = calloc(1, sizeof(*e));
	int r = EXIT_USAGE;

	if (!e)
		return fail(EXIT_CANNOT, "out of memory");
	if (options_parse(&e->counting.o, FOR_EXPORT, argc, argv))
		goto out;
	if (e->counting.o.help) {
		options_help("export [--listen ADDR:PORT | --textfile FILE] [PCAP-FILTER]",
			     "Counts packets and drops as Prometheus metrics.", FOR_EXPORT);
		r = EXIT_DONE;
		goto out;
	}
	r = run(e);
out:
	if (e->daemon)
		MHD_stop_daemon(e->daemon);
	counting_close(&e->counting);
	options_clear(&e->counting.o);
	free(e);
	return r;
}
