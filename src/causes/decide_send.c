/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What made a send, or a connect(), fail before there was a packet: a route, a rule, a cgroup
 * program, IPsec.
 */
#include <errno.h>
#include <string.h>

#include "causes/decide.h"

/* A rule that refuses is not seen by the look-ups' tracepoints, which then tell of no route. */
static void set_errno(struct journey *j, const struct decider *d)
{
	const char *type = decider_text(d, "type");

	if (d->kind != DECIDER_IP_RULE || d->n_candidates || !type || j->send_errno != ENETUNREACH)
		return;
	if (!strcmp(type, "prohibit"))
		j->send_errno = EACCES;
	else if (!strcmp(type, "blackhole"))
		j->send_errno = EINVAL;
}

static struct decider *by_route(struct names *n, struct journey *j)
{
	static const uint8_t nowhere[16];
	uint32_t inum = j->steps[0].at.netns_inum;
	struct decider *d;

	if (!memcmp(j->packet.daddr, nowhere, sizeof(nowhere)))
		return NULL;
	d = decide_policy(n, inum, &j->packet, NULL, "lo", 0);
	if (d || j->send_errno != ENETUNREACH)
		return d;
	d = decider_new(DECIDER_ROUTE);
	decider_set_text(d, "type", "no_route");
	if (decide_passed_over(n, inum, &j->packet, d))
		return d;
	decider_unref(d);
	return NULL;
}

/* All of them are suspects: who says no leaves no other trace. */
static struct decider *by_policy(struct names *n, struct journey *j)
{
	uint32_t pid = j->steps[0].task.raw.pid;
	struct decider *policy =
		decide_xfrm_policy(n, j->steps[0].at.netns_inum, &j->packet, "out", true);
	bool all;
	struct decider *program = journey_is_connect(j) ? decide_cgroup_connect(n, pid, &all)
							: decide_cgroup_send(n, pid, &all);
	struct decider *d = program ? program : policy;

	if (program && policy) {
		d = decider_new(DECIDER_CGROUP_PROGRAM);
		decider_add_candidate(d, program);
		decider_add_candidate(d, policy);
	}
	return all ? d : decide_perhaps(d);
}

static const struct {
	int err;
	struct decider *(*ask)(struct names *n, struct journey *j);
} rows[] = {
	{ENETUNREACH, by_route},  {EACCES, by_route}, {EINVAL, by_route},
	{EHOSTUNREACH, by_route}, {EPERM, by_policy},
};

void decide_failed_send(struct names *n, struct journey *j)
{
	struct decider *d = NULL;

	if (!j->n_steps)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !d; i++)
		if (rows[i].err == j->send_errno)
			d = rows[i].ask(n, j);
	if (!d)
		return;
	set_errno(j, d);
	decider_unref(j->steps[0].decider);
	j->steps[0].decider = d;
}
