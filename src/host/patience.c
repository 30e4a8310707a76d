/* SPDX-License-Identifier: GPL-2.0-only */
/* See patience.h. */
#include "host/patience.h"

#include <errno.h>
#include <poll.h>

#include "util/clock.h"
#include "util/ending.h"

static uint64_t limit_ns(const struct patience *p, uint64_t until_ns)
{
	return p->signals < 0 ? until_ns : ending_limit_ns(until_ns, p->last_ms);
}

bool patience_for_more(struct patience *p)
{
	if (clock_now_ns() < limit_ns(p, UINT64_MAX))
		return true;
	p->n_left++;
	return false;
}

bool patience_wait(struct patience *p, int fd, uint64_t until_ns)
{
	for (;;) {
		uint64_t limit = limit_ns(p, until_ns), now = clock_now_ns();
		struct pollfd fds[] = {
			{.fd = fd, .events = POLLIN},
			{.fd = ending_since_ns() ? -1 : p->signals, .events = POLLIN},
		};

		if (now >= limit) {
			p->n_left += limit != until_ns;
			return false;
		}
		if (poll(fds, 2, (limit - now) / MS_NS + 1) < 0 && errno != EINTR)
			return false;
		if (fds[0].revents)
			return true;
	}
}
