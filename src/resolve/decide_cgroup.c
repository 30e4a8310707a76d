/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs of cgroups, and the sockets' own filters, which end at the same place. */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "resolve/decide.h"

/* nftw() has no argument for its visitor. */
static struct {
	struct decider *found;
	uint32_t type;
	const char *holds; /* only the cgroups on the way to this one, NULL: all */
} walk;

static bool is_above(const char *path, const char *cgroup)
{
	size_t n = strlen(path);

	return !cgroup || (!strncmp(path, cgroup, n) && (!cgroup[n] || cgroup[n] == '/'));
}

static int visit_cgroup(const char *path, const struct stat *st, int type, struct FTW *w)
{
	uint32_t ids[16], n = 16, flags = 0;
	int fd;

	(void)st;
	(void)w;
	if (type != FTW_D || !is_above(path, walk.holds))
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (!bpf_prog_query(fd, walk.type, 0, &flags, ids, &n)) {
		for (uint32_t i = 0; i < n; i++) {
			struct decider *d = decider_new(DECIDER_CGROUP_PROGRAM);

			decide_name_program(d, ids[i]);
			decider_set_text(d, "path", path);
			decide_add_suspect(&walk.found, d);
		}
	}
	close(fd);
	return 0;
}

static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};

/* All programs of these types, NULL: there is none. pid: only those that are asked about it. */
static struct decider *cgroup_programs(const uint32_t *types, size_t n_types, uint32_t pid)
{
	char file[64], line[512], cgroup[768] = "";
	FILE *f;

	walk.found = NULL;
	snprintf(file, sizeof(file), "/proc/%u/cgroup", pid);
	f = pid ? fopen(file, "re") : NULL; /* it may be gone */
	for (size_t i = 0; i < 2 && !walk.found; i++) {
		if (f)
			rewind(f);
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, "0::", 3))
				snprintf(cgroup, sizeof(cgroup), "%s%.*s", roots[i],
					 (int)strcspn(line + 3, "\n"), line + 3);
		walk.holds = cgroup[0] ? cgroup : NULL;
		for (size_t k = 0; k < n_types; k++) {
			walk.type = types[k];
			nftw(roots[i], visit_cgroup, 16, FTW_PHYS | FTW_MOUNT);
		}
	}
	if (f)
		fclose(f);
	return walk.found;
}

struct decider *decide_cgroup_send(uint32_t pid)
{
	static const uint32_t types[] = {BPF_CGROUP_UDP4_SENDMSG, BPF_CGROUP_UDP6_SENDMSG};

	return cgroup_programs(types, 2, pid);
}

struct decider *decide_cgroup_connect(uint32_t pid)
{
	static const uint32_t types[] = {BPF_CGROUP_INET4_CONNECT, BPF_CGROUP_INET6_CONNECT};

	return cgroup_programs(types, 2, pid);
}

struct decider *decide_cgroup(struct names *n, struct journey *j)
{
	bool out = journey_in_send(j);
	struct decider *found, *d;
	uint32_t type;

	/* received packets are refused by the socket's own filter, unless a cgroup has a program */
	type = out ? BPF_CGROUP_INET_EGRESS : BPF_CGROUP_INET_INGRESS;
	found = cgroup_programs(&type, 1, 0);
	if (out || (found && j->drop.judge == DECIDER_CGROUP_PROGRAM))
		return found;
	if (j->drop.judge == DECIDER_SOCKET_FILTER) {
		decider_unref(found);
		found = NULL;
	}
	d = decide_socket(n, j);
	if (d)
		d->kind = DECIDER_SOCKET_FILTER;
	else
		d = decider_new(DECIDER_SOCKET_FILTER);
	if (found) {
		decide_add_suspect(&found, d);
		return found;
	}
	return d;
}
