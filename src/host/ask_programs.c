/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF programs by their ids, and those at cgroups and netfilter's hooks, which have no netlink. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/ask_core.h"
#include "util/foreign_json.h"
#include "util/xdp_chain.h"

/* {"id", "name"} */
static int program_of(uint32_t id, json_t **ret)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id), r;

	if (fd < 0)
		return -errno;
	r = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : 0;
	close(fd);
	if (!r)
		*ret = json_pack("{s:I, s:o}", "id", (json_int_t)id, "name",
				 foreign_json(info.name, sizeof(info.name)));
	return r;
}

int host_ask_program(const json_t *args, json_t **ret)
{
	return program_of((uint32_t)ask_number(args, "id", 0), ret);
}

/* {"components": [{"id", "dispatcher"}] in the order of their calls, "dispatcher": who calls it} */
int host_ask_xdp_chain(const json_t *args, json_t **ret)
{
	uint32_t id = (uint32_t)ask_number(args, "id", 0), dispatcher;
	struct xdp_component chain[XDP_CHAIN_MAX];
	size_t n = xdp_chain_read(id, chain);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list,
				      json_pack("{s:I, s:I}", "id", (json_int_t)chain[i].id,
						"dispatcher", (json_int_t)chain[i].dispatcher));
	*ret = json_pack("{s:o}", "components", list);
	dispatcher = xdp_chain_of(id);
	if (dispatcher)
		ask_set_number(*ret, "dispatcher", dispatcher);
	return 0;
}

#define AT_ONE_CGROUP 64 /* the kernel lets no more be there: BPF_CGROUP_MAX_PROGS */

/* nftw() has no argument for its visitor. */
static struct {
	json_t *list;
	enum bpf_attach_type type;
	const char *holds; /* only the cgroups on the way to this one, NULL: all */
	int failed;	   /* -errno: one of them may have programs, and can't be asked */
} walk;

static bool is_above(const char *path, const char *cgroup)
{
	size_t n = strlen(path);

	return !cgroup || (!strncmp(path, cgroup, n) && (!cgroup[n] || cgroup[n] == '/'));
}

/* A cgroup that has gone meanwhile has none, nor has a folder that is no cgroup of version 2; a
 * kernel that does not know the type lets nobody attach one. */
static void note_failure(int err)
{
	static const int none[] = {ENOENT, ENODEV, EBADF, EINVAL};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (err == none[i])
			return;
	walk.failed = -err;
}

static int visit_cgroup(const char *path, const struct stat *st, int type, struct FTW *w)
{
	uint32_t ids[AT_ONE_CGROUP], n = AT_ONE_CGROUP, flags = 0;
	json_t *program;
	int fd;

	(void)st;
	(void)w;
	if ((type != FTW_D && type != FTW_DNR) || !is_above(path, walk.holds))
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		note_failure(errno);
		return 0;
	}
	if (bpf_prog_query(fd, walk.type, 0, &flags, ids, &n)) {
		note_failure(errno);
		n = 0;
	}
	close(fd);
	for (uint32_t i = 0; i < n && i < AT_ONE_CGROUP; i++) {
		if (program_of(ids[i], &program)) /* gone, or not to be asked: it has an id */
			program = json_pack("{s:I}", "id", (json_int_t)ids[i]);
		ask_set(program, "path", foreign_json(path, strlen(path)));
		json_array_append_new(walk.list, program);
	}
	return 0;
}

/* The cgroup of a process below root; false: it has none there, or is gone. */
static bool cgroup_of(uint64_t pid, const char *root, char *ret, size_t size)
{
	char file[64], line[512];
	bool found = false;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%u/cgroup", (unsigned)pid);
	f = pid ? fopen(file, "re") : NULL;
	while (f && !found && fgets(line, sizeof(line), f))
		if (!strncmp(line, "0::", 3)) {
			snprintf(ret, size, "%s%.*s", root, (int)strcspn(line + 3, "\n"), line + 3);
			found = true;
		}
	if (f)
		fclose(f);
	return found;
}

/* [{"id", "name", "path"}] */
int host_ask_cgroup_programs(const json_t *args, json_t **ret)
{
	static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	const json_t *types = json_object_get(args, "types"), *type;
	char cgroup[768];
	size_t k;

	walk.list = json_array();
	walk.failed = 0;
	for (size_t i = 0; i < 2 && !json_array_size(walk.list); i++) {
		bool held = cgroup_of(ask_number(args, "pid", 0), roots[i], cgroup, sizeof(cgroup));

		walk.holds = held ? cgroup : NULL;
		json_array_foreach(types, k, type)
		{
			walk.type = (enum bpf_attach_type)json_integer_value(type);
			if (nftw(roots[i], visit_cgroup, 16, FTW_PHYS | FTW_MOUNT))
				note_failure(errno);
		}
	}
	*ret = walk.list;
	return walk.failed;
}

/* What BPF_OBJ_GET_INFO_BY_FD says of a netfilter link, which older headers lack. */
struct link_info {
	uint32_t type, id, prog_id, pad;
	struct {
		uint32_t pf, hook;
		int32_t priority;
		uint32_t flags;
	} netfilter;
	uint64_t room[8];
};

#define LINK_TYPE_NETFILTER 10

/*
 * The programs of the links at a hook, [{"id", "name"}]. A link does not say which namespace it is
 * in: those of others are among them.
 */
int host_ask_netfilter_links(const json_t *args, json_t **ret)
{
	uint32_t pf = ask_number(args, "family", 4) == 6 ? NFPROTO_IPV6 : NFPROTO_IPV4, id = 0;
	uint64_t hook = ask_number(args, "hook", 0);

	*ret = json_array();
	while (!bpf_link_get_next_id(id, &id)) {
		struct link_info info = {0};
		uint32_t len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id), r;
		json_t *program;

		if (fd < 0)
			continue;
		r = bpf_obj_get_info_by_fd(fd, &info, &len);
		close(fd);
		if (!r && info.type == LINK_TYPE_NETFILTER && info.netfilter.pf == pf &&
		    info.netfilter.hook == hook && !program_of(info.prog_id, &program))
			json_array_append_new(*ret, program);
	}
	return 0;
}
