/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_place.h. What is sent from there: send_agent.c. */
#include "cmd/send_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/netns.h"

static const char *const cgroup_roots[] = {"", "/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
#define N_CGROUP_ROOTS (sizeof(cgroup_roots) / sizeof(cgroup_roots[0]))

static bool are_cgroups_here(void)
{
	char file[PATH_MAX];

	for (size_t i = 1; i < N_CGROUP_ROOTS; i++) {
		snprintf(file, sizeof(file), "%s/cgroup.procs", cgroup_roots[i]);
		if (!access(file, F_OK))
			return true;
	}
	return false;
}

/* Sockets made from now on are of this cgroup. */
static int enter_cgroup(const char *path)
{
	char file[PATH_MAX];
	int fd = -1, r = 0;

	for (size_t i = 0; fd < 0 && i < N_CGROUP_ROOTS; i++) {
		snprintf(file, sizeof(file), "%s%s/cgroup.procs", cgroup_roots[i], path);
		fd = open(file, O_WRONLY | O_CLOEXEC);
	}
	if (fd < 0 || write(fd, "0", 1) != 1)
		r = -errno;
	if (fd >= 0)
		close(fd);
	return r;
}

int place_enter(const struct agent_place *at, char *err, size_t err_size)
{
	int r = at->netns ? netns_enter(at->netns) : 0;

	if (r) {
		snprintf(err, err_size, "-N %s: it can't be entered: %s", at->netns, strerror(-r));
		return r;
	}
	r = at->cgroup && !at->only_looks ? enter_cgroup(at->cgroup) : 0;
	if (r)
		snprintf(err, err_size, "--cgroup %s: it can't be entered: %s%s", at->cgroup,
			 strerror(-r),
			 are_cgroups_here() ? ""
					    : " (no cgroups are mounted here: ip netns exec hides "
					      "them, -N does not)");
	return r;
}
