/* SPDX-License-Identifier: GPL-2.0-only */
/* The capabilities, one row each, and what is said where one is missing. */
#include "collect/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>

#include "collect/collect.h"

static const struct {
	int cap;
	const char *name, *why;
} needed[] = {
	{CAP_BPF, "CAP_BPF", "to load BPF programs"},
	{CAP_PERFMON, "CAP_PERFMON", "to read kernel memory from them"},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "for network programs"},
};

static bool may(int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, cap);
}

int privileges_check(char *err, size_t err_size)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]) && !may(CAP_SYS_ADMIN); i++) {
		if (may(needed[i].cap))
			continue;
		n += snprintf(err + n, err_size - n, "%s%s (%s)",
			      n ? ", " : "missing: ", needed[i].name, needed[i].why);
	}
	if (n)
		snprintf(err + n, err_size - n, ". Run waybill as root (sudo waybill ...)");
	return n ? -EPERM : 0;
}

int privileges_suspend(void)
{
	capng_get_caps_process();
	capng_clear(CAPNG_SELECT_AMBIENT);
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		capng_update(CAPNG_DROP, CAPNG_EFFECTIVE, c);
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

void privileges_resume(void)
{
	for (int c = 0; c <= CAP_LAST_CAP; c++)
		if (capng_have_capability(CAPNG_PERMITTED, c))
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, c);
	capng_apply(CAPNG_SELECT_CAPS);
}

void privileges_raise_limits(void)
{
	static const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	struct rlimit files;

	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

bool collect_enters_namespaces(void)
{
	return may(CAP_SYS_ADMIN);
}
