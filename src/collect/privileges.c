/* SPDX-License-Identifier: GPL-2.0-only */
/* The capabilities, one row each, and what is said where one is missing. */
#include "collect/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "collect/collect.h"

struct need {
	int cap;
	const char *name, *why;
	bool of_admin; /* CAP_SYS_ADMIN has it, too */
};

static const struct need to_follow[] = {
	{CAP_BPF, "CAP_BPF", "to load BPF programs", true},
	{CAP_PERFMON, "CAP_PERFMON", "to read kernel memory from them", true},
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "for network programs", true},
};

static const struct need to_send[] = {
	{CAP_NET_ADMIN, "CAP_NET_ADMIN", "to keep what is sent from getting out", false},
	{CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "to enter each network namespace in its reach", false},
};

static const struct need to_send_as_process[] = {
	{CAP_NET_RAW, "CAP_NET_RAW", "for the raw socket of --out", false},
};

static const struct need to_send_as_user[] = {
	{CAP_SETUID, "CAP_SETUID", "for --uid", false},
};

static bool may(int cap)
{
	capng_get_caps_process();
	return capng_have_capability(CAPNG_EFFECTIVE, cap);
}

/* Adds those that are missing to err, which begins as "". */
static void miss(const struct need *needed, size_t n_needed, char *err, size_t err_size)
{
	size_t n = strlen(err);

	for (size_t i = 0; i < n_needed && n < err_size; i++) {
		if (may(needed[i].cap) || (needed[i].of_admin && may(CAP_SYS_ADMIN)))
			continue;
		n += snprintf(err + n, err_size - n, "%s%s (%s)",
			      n ? ", " : "missing: ", needed[i].name, needed[i].why);
	}
}
#define MISS(needed, err, size) miss(needed, sizeof(needed) / sizeof((needed)[0]), err, size)

static int missed(char *err, size_t err_size)
{
	size_t n = strlen(err);

	if (n)
		snprintf(err + n, err_size - n, ". Run waybill as root (sudo waybill ...)");
	return n ? -EPERM : 0;
}

int privileges_check(char *err, size_t err_size)
{
	err[0] = 0;
	MISS(to_follow, err, err_size);
	return missed(err, err_size);
}

int privileges_check_sending(bool as_process, bool as_user, char *err, size_t err_size)
{
	err[0] = 0;
	MISS(to_send, err, err_size);
	if (as_process)
		MISS(to_send_as_process, err, err_size);
	if (as_user)
		MISS(to_send_as_user, err, err_size);
	return missed(err, err_size);
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
