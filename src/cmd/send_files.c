/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets out of files: a matrix of packets and expected ends, a capture. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/expect.h"
#include "cmd/send_list.h"
#include "host/confine.h"
#include "host/host.h"
#include "model/packet.h"

#define CAPTURE_SECONDS 10

/* --- a matrix --- */

static char *trimmed(char *s)
{
	size_t n;

	s += strspn(s, " \t");
	for (n = strlen(s); n && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = 0;
	return s;
}

/* Behind the last => stands what is expected. */
static char *cut_expected(char *line)
{
	char *arrow = NULL;

	for (char *p = line; (p = strstr(p, "=>")); p++)
		arrow = p;
	if (!arrow)
		return NULL;
	*arrow = 0;
	return trimmed(arrow + 2);
}

/* "in DEV " or "out " before the packet. */
static void cut_way(char **line, struct send_way *way)
{
	char *dev = *line, *end;

	if (!strncmp(dev, "out ", 4)) {
		way->out = true;
		*line = dev + 4;
	}
	if (strncmp(dev, "in ", 3))
		return;
	dev = trimmed(dev + 3);
	end = dev + strcspn(dev, " \t");
	*line = *end ? end + 1 : end;
	*end = 0;
	way->dev = dev;
	way->out = false;
}

static int matrix_line(struct send_list *l, const char *where, char *line, struct send_way way)
{
	struct words words = {.n = 1};
	struct expect e = {0};
	char *expected;
	int r;

	line = trimmed(line);
	if (!*line || *line == '#')
		return EXIT_DONE;
	expected = cut_expected(line);
	if (!expected || !*expected)
		return fail(EXIT_USAGE, "%sbehind the packet => and what is expected are missing",
			    where);
	words.word[0] = expected;
	r = expect_parse(&e, &words);
	if (r)
		return fail(r, "%sabove is what was expected there", where);
	cut_way(&line, &way);
	if (!way.dev && !way.out)
		return fail(EXIT_USAGE,
			    "%sbefore the packet in DEV or out is missing, and --in or --out",
			    where);
	r = send_list_add(l, where, trimmed(line), &way);
	if (r)
		return r;
	l->items[l->n - 1].expect = strdup(expected);
	l->items[l->n - 1].said = strdup(trimmed(line));
	return l->items[l->n - 1].said && l->items[l->n - 1].expect
		       ? EXIT_DONE
		       : fail(EXIT_CANNOT, "out of memory");
}

int send_list_matrix(struct send_list *l, const char *path, const struct send_way *way)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	size_t room = 0, n = 0;
	char *line = NULL;
	int r = EXIT_DONE;

	if (!f)
		return fail(EXIT_CANNOT, "--matrix %s: %s", path, strerror(errno));
	while (!r && getline(&line, &room, f) >= 0) {
		char where[300];

		snprintf(where, sizeof(where), "%.250s:%zu: ", path, ++n);
		r = matrix_line(l, where, line, *way);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	if (!r && !l->n)
		return fail(EXIT_USAGE, "--matrix %s: there is no packet in it", path);
	return r;
}

/* --- a capture --- */

static int write_frame(void *arg, const struct capture_frame *c)
{
	return write(*(int *)arg, c, sizeof(*c)) == sizeof(*c) ? 0 : -EPIPE;
}

/* Reads foreign bytes, and may do nothing else. */
__attribute__((noreturn)) static void be_reader(FILE *f, int fd)
{
	struct capture_frame last = {0};
	char err[64] = "";
	int r = host_confine(HOST_NETLINK);

	if (!r)
		r = capture_read(f, write_frame, &fd, err, sizeof(err));
	last.number = 0; /* the end, and whether it was one */
	snprintf(last.why, sizeof(last.why), "%s", !r ? "" : err[0] ? err : strerror(-r));
	if (write(fd, &last, sizeof(last)) != sizeof(last))
		_exit(1);
	_exit(0);
}

static int add_frame(struct send_list *l, const char *path, struct capture_frame *c,
		     const struct send_way *way)
{
	struct send_item *item;
	struct ground g = {0};
	struct send_key k;
	int r;

	if (!c->n || c->n > sizeof(c->bytes) || !send_frame_read(c->bytes, c->n, &k) ||
	    (way->out && !k.family)) {
		l->n_left_out++;
		return EXIT_DONE;
	}
	send_frame_complete(c->bytes, c->n, &k);
	rewrite_frame(way->rewrite, way->n_rewrite, c->bytes, c->n, &k);
	send_frame_read(c->bytes, c->n, &k);
	r = send_list_ground(way, "", k.family, k.saddr, &g);
	if (r)
		return r;
	item = send_list_new_item(l);
	if (!item || asprintf(&item->text, "packet %u of %s", c->number, path) < 0)
		return fail(EXIT_CANNOT, "-r %s: no memory, or more than %d packets", path,
			    SEND_LIST_MAX);
	memcpy(item->frame.bytes, c->bytes, c->n);
	item->frame.n = c->n;
	item->ifindex = g.ifindex;
	item->out = way->out;
	item->mark = way->mark;
	/* not for a group, and a bridge hands on what is for others */
	if (way->agent && !way->out && !(c->bytes[0] & 1) && !g.is_port)
		memcpy(item->frame.bytes, g.mac, sizeof(g.mac));
	if (c->l3 && !g.is_port)
		memcpy(item->frame.bytes + 6, g.has_neighbour ? g.neighbour : ground_stranger, 6);
	send_item_read(item);
	return EXIT_DONE;
}

static int read_frames(struct send_list *l, const char *path, FILE *f, const struct send_way *way)
{
	static struct capture_frame c;
	int r = EXIT_DONE;

	while (!r && fread(&c, sizeof(c), 1, f) == 1) {
		c.why[sizeof(c.why) - 1] = 0;
		if (!c.number && c.why[0])
			return fail(EXIT_CANNOT, "-r %s: %s", path, c.why);
		if (!c.number)
			return l->n ? EXIT_DONE
				    : fail(EXIT_CANNOT, "-r %s: no packet that can be put in",
					   path);
		r = add_frame(l, path, &c, way);
	}
	return r ? r : fail(EXIT_CANNOT, "-r %s: it could not be read to its end", path);
}

int send_list_capture(struct send_list *l, const char *path, const struct send_way *way)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin, *from;
	int ends[2], r;
	pid_t pid;

	if (!f || pipe2(ends, O_CLOEXEC))
		return fail(EXIT_CANNOT, "-r %s: %s", path, strerror(errno));
	pid = fork();
	if (!pid) {
		alarm(CAPTURE_SECONDS);
		be_reader(f, ends[1]);
	}
	close(ends[1]);
	fclose(f);
	from = fdopen(ends[0], "r");
	if (pid < 0 || !from)
		return fail(EXIT_CANNOT, "-r %s: %s", path, strerror(errno));
	r = read_frames(l, path, from, way);
	fclose(from);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
