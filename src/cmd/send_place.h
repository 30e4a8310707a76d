/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the agent that sends stands, and as whom: its network namespace, its cgroup, its user. */
#ifndef WAYBILL_SEND_PLACE_H
#define WAYBILL_SEND_PLACE_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Who sends: in this namespace (as -N has it), in this cgroup (a path of its file system, or below
 * its root), NULL: the own ones; as this user.
 */
struct agent_place {
	const char *netns, *cgroup;
	uint32_t uid;
	bool only_looks; /* nothing is sent from there: it takes no rights but those to be there */
};

/* The namespace and the cgroup, for the whole process. 0 or -errno, with a sentence in err. */
int place_enter(const struct agent_place *at, char *err, size_t err_size);

#endif
