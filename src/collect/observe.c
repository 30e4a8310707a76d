/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The namespaces, found and found again, with the links and the nftables trace in each; all are
 * file descriptors. Links at devices are made in observe_dev.c and only kept here.
 */
#include "collect/observe_state.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "collect/compat.h"
#include "util/clock.h"
#include "util/foreign.h"
#include "util/text.h"
#include "waybill/config.h"
#include "waybill/hooks.h"

#define NETNS_DIR   "/run/netns"
#define NSFS_MAGIC  0x6e736673
#define SOON_NS	    (40 * MS_NS)
#define LOCAL_IN    1 /* NF_INET_* */
#define LOCAL_OUT   3
#define NAMED_MAX   8
#define OPTION	    "--nft-trace: " /* what nft_trace.h begins with */
#define RULES_NS    (100 * MS_NS)   /* between looks at which hooks are in use, */
#define RULES_SHARE 50		    /* and at least so many times as long as one look takes */

int observe_new(struct observe **ret)
{
	struct observe *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->own_ns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (o->own_ns < 0) {
		r = -errno;
		free(o);
		return r;
	}
	/* without the watch new namespaces are found by the next scan */
	o->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (o->watch >= 0)
		inotify_add_watch(o->watch, NETNS_DIR, IN_CREATE | IN_MOVED_TO | IN_DELETE);
	*ret = o;
	return 0;
}

int observe_keep(struct observe *o, int fd)
{
	if (o->n_links == o->room) {
		size_t room = o->room ? 2 * o->room : 4;
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

int observe_keep_filters(struct observe *o, const struct clsact *c)
{
	struct clsact *more = realloc(o->filters, (o->n_filters + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	o->filters = more;
	o->filters[o->n_filters++] = *c;
	return 0;
}

/* True: met before. Else *ret is a new place, NULL if there is no memory. */
static bool met(struct observe *o, uint32_t inum, const char *path, struct place **ret)
{
	struct place *more, *p;

	*ret = NULL;
	for (p = o->places; p < o->places + o->n_places; p++) {
		if (p->inum != inum)
			continue;
		if (p->scan != o->scan && (!p->path || strcmp(p->path, path))) {
			free(p->path); /* of a process that may be gone */
			p->path = strdup(path);
		}
		p->scan = o->scan;
		return true;
	}
	more = realloc(o->places, (o->n_places + 1) * sizeof(*more));
	if (!more)
		return false;
	o->places = more;
	*ret = &more[o->n_places++];
	**ret = (struct place){.inum = inum, .scan = o->scan, .path = strdup(path)};
	return false;
}

/* EBUSY: another waybill is there already at this end; take the next place. */
static void link_at(struct place *p, int prog_fd, uint32_t family, uint32_t hook, int32_t priority)
{
	int32_t inward = priority < 0 ? 1 : -1;

	for (int i = 0; i < NF_NEIGHBOURS; i++, priority += inward) {
		int fd = compat_netfilter_link(prog_fd, family, hook, priority);

		if (fd >= 0)
			p->links[p->n_links++] = fd;
		p->short_of |= fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM;
		if (fd != -EBUSY)
			return;
	}
}

/*
 * First and last at every hook, or at those where somebody judges packets: each link costs every
 * packet, and the kernel passes by a hook that has none. Where packets begin and where they arrive
 * the last one stands always, for the sender's process and for who is not answered.
 */
static void link_hooks(struct place *p, const struct observe_places *by)
{
	static const uint32_t families[NF_FAMILIES] = {2 /* NFPROTO_IPV4 */, 10 /* NFPROTO_IPV6 */};
	LIBBPF_OPTS(bpf_test_run_opts, run);
	uint32_t busy = NF_ALL;

	if (by->busy_fd >= 0 && !bpf_prog_test_run_opts(by->busy_fd, &run))
		busy = run.retval;

	for (unsigned f = 0; f < NF_FAMILIES; f++) {
		for (unsigned hook = 0; hook < NF_HOOKS; hook++) {
			uint32_t bit = nf_bit(f, hook), always = 0;

			if (hook == LOCAL_IN || hook == LOCAL_OUT)
				always = bit;
			if (bit & busy & ~p->first)
				link_at(p, by->first_fd, families[f], hook, NF_FIRST);
			if (bit & (busy | always) & ~p->last)
				link_at(p, by->last_fd, families[f], hook, NF_LAST);
			p->first |= bit & busy;
			p->last |= bit & (busy | always);
		}
	}
}

struct scan {
	struct observe *o;
	const struct observe_places *p;
	int n_new;
};

static bool is_wanted(const struct scan *s, uint32_t inum)
{
	for (int i = 0; i < WB_NETNS_MAX && s->p->netns[i]; i++)
		if (s->p->netns[i] == inum)
			return true;
	return !s->p->netns[0];
}

/* Namespaces that go away meanwhile, or are not ours to see, are no error. */
static void one_namespace(struct scan *s, const char *path)
{
	struct place *p;
	struct statfs fs;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* a name in NETNS_DIR is an ordinary file until its namespace is mounted there */
	if (fstatfs(fd, &fs) || fs.f_type != NSFS_MAGIC || fstat(fd, &st) ||
	    !is_wanted(s, st.st_ino) || met(s->o, st.st_ino, path, &p) || !p)
		goto out;
	if (setns(fd, CLONE_NEWNET))
		goto out;
	if (s->p->first_fd >= 0)
		link_hooks(p, s->p);
	if (s->p->n_nft_match)
		nft_trace_new(&p->trace, st.st_ino, s->p->nft_match, s->p->n_nft_match,
			      s->o->untraced, sizeof(s->o->untraced));
	s->n_new++;
	/* can't fail: it is held open, and we came from there */
	if (setns(s->o->own_ns, CLONE_NEWNET))
		abort();
out:
	close(fd);
}

/* Runs over a directory whose entries, with suffix, name namespaces. */
static void directory(struct scan *s, const char *dir, const char *suffix, bool numbers)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		char path[PATH_MAX];

		if (e->d_name[0] == '.' || (numbers && (e->d_name[0] < '0' || e->d_name[0] > '9')))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, e->d_name, suffix);
		one_namespace(s, path);
	}
	closedir(d);
}

/* Namespaces mounted elsewhere, as container managers do it. */
static void mounts(struct scan *s)
{
	FILE *f = fopen("/proc/thread-self/mountinfo", "re");
	char line[2 * PATH_MAX], root[64], path[PATH_MAX];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %*d %*s %63s %4095s", root, path) == 2 &&
		    !strncmp(root, "net:[", 5))
			one_namespace(s, path);
	fclose(f);
}

static void forget_dead(struct observe *o)
{
	for (size_t i = 0; i < o->n_places;) {
		if (o->places[i].scan == o->scan) {
			i++;
			continue;
		}
		observe_leave_place(&o->places[i]);
		o->places[i] = o->places[--o->n_places];
	}
}

int observe_namespaces(struct observe *o, const struct observe_places *p)
{
	struct scan s = {.o = o, .p = p};

	o->scan++;
	one_namespace(&s, "/proc/thread-self/ns/net");
	directory(&s, NETNS_DIR, "", false);
	mounts(&s);
	directory(&s, "/proc", "/ns/net", true);
	forget_dead(o);
	return s.n_new;
}

/* Into the namespace where it was found; false: it is gone, or another is there now. */
static bool enter(const struct place *p)
{
	int fd = p->path ? open(p->path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	bool in;

	if (fd < 0)
		return false;
	in = !fstat(fd, &st) && st.st_ino == p->inum && !setns(fd, CLONE_NEWNET);
	close(fd);
	return in;
}

void observe_rules(struct observe *o, const struct observe_places *by)
{
	uint64_t start = clock_now_ns(), took;

	if (start < o->rules_at)
		return;
	for (size_t i = 0; i < o->n_places; i++) {
		if (o->places[i].first == NF_ALL || !enter(&o->places[i]))
			continue;
		link_hooks(&o->places[i], by);
		if (setns(o->own_ns, CLONE_NEWNET))
			abort();
	}
	took = clock_now_ns() - start;
	o->rules_at =
		start + took + (took * RULES_SHARE > RULES_NS ? took * RULES_SHARE : RULES_NS);
}

size_t observe_n_unlinked(const struct observe *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_places; i++)
		n += o->places[i].short_of;
	return n;
}

size_t observe_n_traced(const struct observe *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n_places; i++)
		n += o->places[i].trace != NULL;
	return n;
}

const char *observe_why_untraced(const struct observe *o)
{
	return o->untraced;
}

void observe_untraced(const struct observe *o, char *ret, size_t size)
{
	size_t n = o->n_places - observe_n_traced(o), named = 0;
	const char *why = o->untraced;
	struct text t = {0};

	*ret = 0;
	if (!n)
		return;
	text_printf(&t, "%zu network namespace%s (", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < o->n_places && named < NAMED_MAX; i++) {
		if (o->places[i].trace || !o->places[i].path)
			continue;
		text_printf(&t, "%s", named++ ? ", " : "");
		text_escaped(&t, o->places[i].path);
	}
	text_printf(&t, "%s): ", named < n ? ", ..." : "");
	if (!strncmp(why, OPTION, strlen(OPTION)))
		why += strlen(OPTION);
	text_escaped(&t, why);
	snprintf(ret, size, "%s", t.s ? t.s : "");
	text_free(&t);
}

uint64_t observe_told(struct observe *o, nft_trace_fn fn, void *arg)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < o->n_places; i++)
		if (o->places[i].trace)
			lost += nft_trace_read(o->places[i].trace, fn, arg);
	return lost;
}

bool observe_is_stale(struct observe *o)
{
	char events[4096];
	bool changed = false;

	if (o->watch < 0)
		return false;
	while (read(o->watch, events, sizeof(events)) > 0)
		changed = true;
	if (changed)
		o->soon_until = clock_now_ns() + SOON_NS;
	return changed || (o->soon_until && clock_now_ns() < o->soon_until);
}
