/* SPDX-License-Identifier: GPL-2.0-only */
/* waybill's own observers: links in every namespace, kept as file descriptors. */
#include "collect/observe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/compat.h"

#define NF_HOOKS 5
#define FIRST (INT_MIN + 1) /* the kernel keeps the two ends for itself */
#define LAST (INT_MAX - 1)

struct observe {
	int *links;
	size_t n_links, room;
	uint32_t *seen; /* namespaces that are done */
	size_t n_seen;
	int own_ns;
};

int observe_new(struct observe **ret)
{
	struct observe *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->own_ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (o->own_ns < 0) {
		free(o);
		return -errno;
	}
	*ret = o;
	return 0;
}

void observe_free(struct observe *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n_links; i++)
		close(o->links[i]);
	close(o->own_ns);
	free(o->links);
	free(o->seen);
	free(o);
}

static int keep(struct observe *o, int fd)
{
	if (o->n_links == o->room) {
		size_t room = o->room ? 2 * o->room : 64;
		int *more = realloc(o->links, room * sizeof(*more));

		if (!more) {
			close(fd);
			return -ENOMEM;
		}
		o->links = more;
		o->room = room;
	}
	o->links[o->n_links++] = fd;
	return 0;
}

static bool seen(struct observe *o, uint32_t inum)
{
	uint32_t *more;

	for (size_t i = 0; i < o->n_seen; i++)
		if (o->seen[i] == inum)
			return true;
	more = realloc(o->seen, (o->n_seen + 1) * sizeof(*more));
	if (more) {
		o->seen = more;
		o->seen[o->n_seen++] = inum;
	}
	return false;
}

static int link_all(struct observe *o, int first_fd, int last_fd)
{
	static const uint32_t families[] = {2 /* NFPROTO_IPV4 */, 10 /* NFPROTO_IPV6 */};
	int r = 0;

	for (size_t f = 0; f < 2; f++) {
		for (uint32_t hook = 0; hook < NF_HOOKS; hook++) {
			int a = compat_netfilter_link(first_fd, families[f], hook, FIRST);
			int b = compat_netfilter_link(last_fd, families[f], hook, LAST);

			/* EBUSY: another waybill is there already at this end; take the next place */
			if (a == -EBUSY)
				a = compat_netfilter_link(first_fd, families[f], hook, FIRST + 1);
			if (b == -EBUSY)
				b = compat_netfilter_link(last_fd, families[f], hook, LAST - 1);
			if (a >= 0)
				r |= keep(o, a);
			if (b >= 0)
				r |= keep(o, b);
		}
	}
	return r;
}

static int one_namespace(struct observe *o, const char *path, int first_fd, int last_fd,
			 uint32_t netns)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return 0; /* gone, or not ours to see */
	if (fstat(fd, &st) || (netns && st.st_ino != netns) || seen(o, st.st_ino)) {
		close(fd);
		return 0;
	}
	if (!setns(fd, CLONE_NEWNET)) {
		r = link_all(o, first_fd, last_fd);
		if (setns(o->own_ns, CLONE_NEWNET))
			r = -errno;
		else if (!r)
			r = 1;
	}
	close(fd);
	return r;
}

/* Runs over a directory whose entries, with suffix, name namespaces. */
static int directory(struct observe *o, const char *dir, const char *suffix, bool numbers,
		     int first_fd, int last_fd, uint32_t netns)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	if (!d)
		return 0;
	while ((e = readdir(d))) {
		char path[PATH_MAX];
		int r;

		if (e->d_name[0] == '.' || (numbers && (e->d_name[0] < '0' || e->d_name[0] > '9')))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, e->d_name, suffix);
		r = one_namespace(o, path, first_fd, last_fd, netns);
		if (r > 0)
			n++;
	}
	closedir(d);
	return n;
}

int observe_netfilter(struct observe *o, int first_fd, int last_fd, uint32_t netns)
{
	int n = one_namespace(o, "/proc/thread-self/ns/net", first_fd, last_fd, netns);

	if (n < 0)
		return n;
	n += directory(o, "/run/netns", "", false, first_fd, last_fd, netns);
	n += directory(o, "/proc", "/ns/net", true, first_fd, last_fd, netns);
	return n;
}

int observe_tc(struct observe *o, int in_fd, int out_fd, const char *dev, char *err, size_t size)
{
	uint32_t ifindex = if_nametoindex(dev);
	int a, b;

	if (!ifindex) {
		snprintf(err, size, "--attach tc:%s: there is no such interface in this namespace", dev);
		return -ENODEV;
	}
	a = compat_tcx_link(in_fd, ifindex, true);
	b = compat_tcx_link(out_fd, ifindex, false);
	if (a < 0 || b < 0) {
		snprintf(err, size, "--attach tc:%s: this kernel has no tc links (TCX): %s", dev,
			 strerror(a < 0 ? -a : -b));
		if (a >= 0)
			close(a);
		if (b >= 0)
			close(b);
		return a < 0 ? a : b;
	}
	return keep(o, a) || keep(o, b) ? -ENOMEM : 0;
}
