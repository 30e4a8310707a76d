/* SPDX-License-Identifier: GPL-2.0-only */
/* See rights.h. */
#include "util/rights.h"

#include <cap-ng.h>
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/prctl.h>

int rights_keep(uint64_t caps)
{
	bool bounds;

	capng_get_caps_process();
	/* the bounding set needs a right of its own; without it nothing can be gained, either */
	bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
	for (int c = 0; c <= CAP_LAST_CAP; c++) {
		if (caps & RIGHT(c) && capng_have_capability(CAPNG_PERMITTED, c))
			continue;
		capng_update(CAPNG_DROP,
			     CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
				     CAPNG_BOUNDING_SET | CAPNG_AMBIENT,
			     c);
	}
	if (bounds)
		capng_apply(CAPNG_SELECT_BOUNDS);
	capng_apply(CAPNG_SELECT_AMBIENT);
	if (capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

int rights_keep_calls(const int *calls, size_t n)
{
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = c ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !r; i++)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, calls[i], 0);
	if (!r)
		r = seccomp_load(c);
	if (c)
		seccomp_release(c);
	return r;
}
