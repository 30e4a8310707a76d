/* SPDX-License-Identifier: GPL-2.0-only */
/* What is found only by a walk through all processes: who has sockets open, which namespaces live.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/all_netns.h"
#include "host/ask_core.h"
#include "util/foreign_json.h"

/* Inode numbers that have a name or a process, each once, those with a name first. */
int host_ask_namespaces(const json_t *args, json_t **ret)
{
	static uint32_t all[ALL_NETNS_MAX];
	size_t n = all_netns_seen(all, ALL_NETNS_MAX);

	(void)args;
	*ret = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(*ret, json_integer(all[i]));
	return 0;
}

static json_t *comm_of(long pid)
{
	char path[64], comm[17] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%16[^\n]", comm) != 1)
		comm[0] = 0;
	if (f)
		fclose(f);
	return foreign_json(comm, sizeof(comm));
}

/* The sockets among the open files of one process. */
static void look_into(json_t *wanted, long pid, json_t *list)
{
	char path[PATH_MAX], link[64];
	unsigned long long inode;
	struct dirent *e;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	fds = opendir(path);
	while (fds && json_array_size(wanted) && (e = readdir(fds))) {
		ssize_t n = readlinkat(dirfd(fds), e->d_name, link, sizeof(link) - 1);

		link[n > 0 ? n : 0] = 0;
		if (sscanf(link, "socket:[%llu]", &inode) != 1)
			continue;
		for (size_t i = json_array_size(wanted); i-- > 0;) {
			json_t *one = json_array_get(wanted, i);

			if ((unsigned long long)json_integer_value(one) != inode)
				continue;
			json_array_append_new(list,
					      json_pack("{s:O, s:I, s:o}", "inode", one, "pid",
							(json_int_t)pid, "comm", comm_of(pid)));
			json_array_remove(wanted, i);
		}
	}
	if (fds)
		closedir(fds);
}

/* [{"inode", "pid", "comm"}], of those that somebody has open: one of them, where they are many. */
int host_ask_owners(const json_t *args, json_t **ret)
{
	json_t *wanted = json_copy(json_object_get(args, "inodes"));
	struct dirent *p;
	DIR *proc = wanted ? opendir("/proc") : NULL;

	*ret = json_array();
	while (proc && json_array_size(wanted) && (p = readdir(proc)))
		if (isdigit((unsigned char)p->d_name[0]))
			look_into(wanted, atol(p->d_name), *ret);
	if (proc)
		closedir(proc);
	json_decref(wanted);
	return 0;
}
