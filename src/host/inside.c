/* SPDX-License-Identifier: GPL-2.0-only */
/* See inside.h: the list, and what is asked about BPF programs. */
#include "host/inside.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define X(name) &name##_row,
const struct host_row *const inside_questions[] = {INSIDE_QUESTIONS(X)};
#undef X
const size_t n_inside_questions = sizeof(inside_questions) / sizeof(inside_questions[0]);

int program_ask(void *arg)
{
	struct program_question *q = arg;
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(q->id), r;

	if (fd < 0)
		return -errno;
	r = bpf_obj_get_info_by_fd(fd, &info, &len);
	snprintf(q->name, sizeof(q->name), "%.15s", info.name);
	close(fd);
	return r;
}
const struct host_row program_row = {program_ask, sizeof(struct program_question), HOST_PROGRAMS,
				     false};

int xdp_ask(void *arg)
{
	struct xdp_question *q = arg;
	LIBBPF_OPTS(bpf_xdp_query_opts, o);
	int r = bpf_xdp_query(q->ifindex, 0, &o);

	q->attached = o.prog_id;
	q->generic = o.skb_prog_id;
	q->native = o.drv_prog_id;
	q->hardware = o.hw_prog_id;
	return r;
}
const struct host_row xdp_row = {xdp_ask, sizeof(struct xdp_question), HOST_NETLINK, false};

int tcx_ask(void *arg)
{
	struct tcx_question *q = arg;
	LIBBPF_OPTS(bpf_prog_query_opts, o, .prog_ids = q->ids, .prog_cnt = 16);

	if (bpf_prog_query_opts(q->ifindex, q->type, &o))
		return -errno;
	q->n = o.prog_cnt;
	return 0;
}
const struct host_row tcx_row = {tcx_ask, sizeof(struct tcx_question), HOST_PROGRAMS, false};
const struct host_row chain_row = {chain_ask, sizeof(struct chain_question), HOST_PROGRAMS, false};

/* nftw() has no argument for its visitor. */
static struct {
	struct cgroup_question *q;
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
		for (uint32_t i = 0; i < n && walk.q->n < CGROUP_PROGRAMS_MAX; i++) {
			struct program_question p = {.id = ids[i]};

			program_ask(&p);
			walk.q->programs[walk.q->n].id = ids[i];
			memcpy(walk.q->programs[walk.q->n].name, p.name, sizeof(p.name));
			snprintf(walk.q->programs[walk.q->n].path, sizeof(walk.q->programs[0].path),
				 "%s", path);
			walk.q->n++;
		}
	}
	close(fd);
	return 0;
}

static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};

int cgroup_ask(void *arg)
{
	struct cgroup_question *q = arg;
	char file[64], line[512], cgroup[768] = "";
	FILE *f;

	walk.q = q;
	snprintf(file, sizeof(file), "/proc/%u/cgroup", q->pid);
	f = q->pid ? fopen(file, "re") : NULL; /* it may be gone */
	for (size_t i = 0; i < 2 && !q->n; i++) {
		if (f)
			rewind(f);
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, "0::", 3))
				snprintf(cgroup, sizeof(cgroup), "%s%.*s", roots[i],
					 (int)strcspn(line + 3, "\n"), line + 3);
		walk.holds = cgroup[0] ? cgroup : NULL;
		for (size_t k = 0; k < q->n_types && k < 4; k++) {
			walk.type = q->types[k];
			nftw(roots[i], visit_cgroup, 16, FTW_PHYS | FTW_MOUNT);
		}
	}
	if (f)
		fclose(f);
	return 0;
}
const struct host_row cgroup_row = {cgroup_ask, sizeof(struct cgroup_question), HOST_PROGRAMS,
				    false};
