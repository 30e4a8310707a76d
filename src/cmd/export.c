/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * waybill export: the tally as Prometheus metrics, served or written to a file each interval. A
 * thread serves the page as it was made last, however long this one is busy with judging.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/counting.h"
#include "host/sysctl.h"
#include "output/prometheus.h"
#include "util/clock.h"

#define HERE	    "127.0.0.1"
#define CONNECTIONS 16

struct export
{
	struct counting counting;
	int listen_fd; /* -1: to a file */
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock; /* of page */
	struct text page;
	struct prometheus out;
	struct sink_start start;
	enum wb_station missing[WB_STATION_MAX];
	int write_errno;
};

static void render(struct export *e, struct text *t)
{
	struct live *l = &e->counting.live;
	struct names *n = resolve_names(l->resolve);

	if (!e->start.version)
		live_info(l, &e->start, e->missing);
	e->out.all = &e->counting.all;
	e->out.start = &e->start;
	e->out.losses = l->losses;
	e->out.misses = l->misses;
	e->out.conntrack_entries = sysctl_number(n, 0, "netfilter/nf_conntrack_count");
	e->out.conntrack_limit = sysctl_number(n, 0, "netfilter/nf_conntrack_max");
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

/*
 * Collectors have a folder of their own, in which root without its rights may not write: files are
 * made there as its owner.
 */
static void as_owner(struct live *l, const char *path)
{
	char *copy = strdup(path);
	struct stat st;

	if (copy && !stat(dirname(copy), &st)) {
		l->files_uid = st.st_uid;
		l->files_gid = st.st_gid;
	}
	free(copy);
}

/*
 * Whatever stands in the way of writing there is said before the packets are counted: the trial is
 * done as whom the file will be made.
 */
static int try_file(const struct live *l, const char *path)
{
	struct text temporary = {0};
	int fd, r = EXIT_DONE;

	text_printf(&temporary, "%s.%d.tmp", path, getpid());
	live_files_as_owner(l);
	fd = open(temporary.s, O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL, 0600);
	if (fd < 0)
		r = fail(EXIT_CANNOT, "--textfile %s: %s", path, strerror(errno));
	else
		unlink(temporary.s);
	if (fd >= 0)
		close(fd);
	setfsuid(geteuid());
	setfsgid(getegid());
	text_free(&temporary);
	return r;
}

static void make_page(struct export *e)
{
	struct text fresh = {0}, old;

	render(e, &fresh);
	pthread_mutex_lock(&e->lock);
	old = e->page;
	e->page = fresh;
	pthread_mutex_unlock(&e->lock);
	text_free(&old);
}

static void show(struct counting *c, struct tally *interval, uint64_t interval_ns)
{
	struct export *e = c->arg;

	(void)interval;
	(void)interval_ns;
	if (c->o.textfile) {
		e->write_errno = -write_file(e, c->o.textfile);
		c->stop = e->write_errno;
	} else {
		make_page(e);
	}
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_size, void **state)
{
	static const char hint[] = "waybill's metrics are at /metrics\n";
	bool get = !strcmp(method, "GET") || !strcmp(method, "HEAD");
	struct MHD_Response *response;
	struct export *e = arg;
	unsigned status = MHD_HTTP_OK;
	enum MHD_Result r;

	(void)version;
	(void)body;
	(void)body_size;
	(void)state;
	if (get && !strcmp(url, "/metrics")) {
		pthread_mutex_lock(&e->lock);
		response = e->page.failed ? NULL
					  : MHD_create_response_from_buffer(e->page.n, e->page.s,
									    MHD_RESPMEM_MUST_COPY);
		pthread_mutex_unlock(&e->lock);
	} else {
		status = !get		    ? MHD_HTTP_METHOD_NOT_ALLOWED
			 : strcmp(url, "/") ? MHD_HTTP_NOT_FOUND
					    : MHD_HTTP_OK;
		response = MHD_create_response_from_buffer(sizeof(hint) - 1, (void *)hint,
							   MHD_RESPMEM_PERSISTENT);
	}
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

/* Bound before anything is attached, so that a port in use is said at once. */
static int listen_on(struct export *e, const char *text)
{
	struct sockaddr_storage at;
	int one = 1;

	if (parse_listen(text, &at))
		return fail(
			EXIT_USAGE,
			"--listen %s: not ADDR:PORT (127.0.0.1:9137, [::1]:9137, or a port alone)",
			text);
	e->listen_fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (e->listen_fd < 0 ||
	    setsockopt(e->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(e->listen_fd, (struct sockaddr *)&at,
		 at.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					  : sizeof(struct sockaddr_in)) ||
	    listen(e->listen_fd, CONNECTIONS))
		return fail(EXIT_CANNOT, "--listen %s: %s", text, strerror(errno));
	return EXIT_DONE;
}

/* The thread begins when the rights are gone, so it has none. */
static int serve(struct counting *c)
{
	struct export *e = c->arg;

	if (e->listen_fd < 0)
		return EXIT_DONE;
	make_page(e);
	e->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, e,
				     MHD_OPTION_LISTEN_SOCKET, e->listen_fd,
				     MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, 10U, MHD_OPTION_END);
	if (!e->daemon)
		return fail(EXIT_CANNOT, "--listen %s: its thread can't be started", c->o.listen);
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
	if (!r && c->o.textfile) {
		as_owner(&c->live, c->o.textfile);
		r = try_file(&c->live, c->o.textfile);
	}
	if (r)
		return r;
	c->arg = e;
	c->show = show;
	c->ready = serve;
	c->tells_end = c->o.textfile != NULL;
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
	e->listen_fd = -1;
	pthread_mutex_init(&e->lock, NULL);
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
	if (e->daemon) /* closes the socket, too */
		MHD_stop_daemon(e->daemon);
	else if (e->listen_fd >= 0)
		close(e->listen_fd);
	text_free(&e->page);
	counting_close(&e->counting);
	options_clear(&e->counting.o);
	free(e);
	return r;
}
