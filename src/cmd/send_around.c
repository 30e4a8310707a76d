/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_around.h. What of their devices matters: send/reach.c. */
#include "cmd/send_around.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/all_netns.h"
#include "host/find_netns.h"
#include "send/reach.h"

/* A namespace of this machine, while they are looked through. */
struct candidate {
	struct around_netns at;
	struct reach_links links;
	bool reached;
};

struct candidates {
	struct candidate *rows;
	size_t n;
};

/* Leaves out what has gone, or may not be entered. 0 or -errno: its devices could not be read. */
static int look_at(struct candidates *all, uint32_t inum, const char *path)
{
	struct candidate *c = &all->rows[all->n];
	int r;

	*c = (struct candidate){.at = {open(path, O_RDONLY | O_CLOEXEC), inum}};
	if (c->at.fd < 0 || setns(c->at.fd, CLONE_NEWNET)) {
		if (c->at.fd >= 0)
			close(c->at.fd);
		return 0;
	}
	all->n++;
	do
		r = reach_links_read(&c->links);
	while (r == -EINTR);
	return r;
}

static int look_at_all(struct candidates *all, uint32_t own)
{
	static uint32_t inums[ALL_NETNS_MAX];
	size_t n = all_netns_seen(inums, ALL_NETNS_MAX);
	struct host_netns found;
	int r;

	all->rows = calloc(n + 1, sizeof(*all->rows));
	if (!all->rows)
		return -ENOMEM;
	r = look_at(all, own, "/proc/self/ns/net");
	if (!r && !all->n)
		r = -ENOENT;
	for (size_t i = 0; i < n && !r; i++)
		if (inums[i] != own && find_netns(inums[i], &found))
			r = look_at(all, inums[i], found.path);
	return r;
}

static bool stands_on(const struct candidate *c, const struct candidate *below)
{
	return c->links.n && !setns(c->at.fd, CLONE_NEWNET) &&
	       reach_stands_on(&c->links, reach_nsid(below->at.fd), below->links.redirects);
}

/* Those that stand on a reached one are reached, until there are no more. */
static void spread(struct candidates *all)
{
	bool more = true;

	all->rows[0].reached = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < all->n; i++)
			for (size_t k = 0; k < all->n && !all->rows[i].reached; k++)
				if (all->rows[k].reached &&
				    stands_on(&all->rows[i], &all->rows[k]))
					more = all->rows[i].reached = true;
	}
}

static int take_reached(struct around *ret, struct candidates *all)
{
	ret->rows = calloc(all->n, sizeof(*ret->rows));
	if (!ret->rows)
		return -ENOMEM;
	for (size_t i = 0; i < all->n; i++)
		if (all->rows[i].reached) {
			ret->rows[ret->n++] = all->rows[i].at;
			all->rows[i].at.fd = -1;
		}
	return 0;
}

int around_find(struct around *ret, char *err, size_t size)
{
	struct candidates all = {0};
	struct stat own = {0};
	int r = stat("/proc/self/ns/net", &own) ? -errno : 0;

	*ret = (struct around){0};
	if (!r)
		r = look_at_all(&all, own.st_ino);
	if (!r) {
		spread(&all);
		r = take_reached(ret, &all);
	}
	for (size_t i = 0; i < all.n; i++) {
		reach_links_clear(&all.rows[i].links);
		/* the way back */
		if (!i && setns(ret->n ? ret->rows[0].fd : all.rows[0].at.fd, CLONE_NEWNET) && !r)
			r = -errno;
		if (all.rows[i].at.fd >= 0)
			close(all.rows[i].at.fd);
	}
	free(all.rows);
	if (r)
		snprintf(err, size,
			 "nothing is sent: which network namespaces a packet could get to can't be "
			 "found out: %s",
			 strerror(-r));
	return r;
}

int around_enter(const struct around *a, size_t i)
{
	return setns(a->rows[i].fd, CLONE_NEWNET) ? -errno : 0;
}

void around_close(struct around *a)
{
	for (size_t i = 0; i < a->n; i++)
		close(a->rows[i].fd);
	free(a->rows);
	*a = (struct around){0};
}
