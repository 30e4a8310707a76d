/* SPDX-License-Identifier: GPL-2.0-only */
/* See patience.h. */
#include "host/patience.h"

#include <errno.h>
#include <poll.h>

#include "util/clock.h"
#include "util/ending.h"

/*
 * So many questions are asked all the same on a slow (an emulated) machine, as long as each is
 * answered in time; elsewhere they are answered before the time is over.
 */
#define LAST_QUESTIONS 40
#define LAST_ANSWER_NS (500 * MS_NS)
#define LAST_MAX_MS    4000

static uint64_t limit_ns(const struct patience *p, uint64_t until_ns)
{
	uint64_t limit, slow;

	if (p->signals < 0 || !ending_since_ns())
		return until_ns;
	limit = ending_limit_ns(until_ns, p->last_ms);
	slow = p->asked_ns + LAST_ANSWER_NS;
	return slow > limit && slow < until_ns && p->n_last <= LAST_QUESTIONS ? slow : limit;
}

static bool is_slow(const struct patience *p, uint64_t now)
{
	return p->n_last < LAST_QUESTIONS && now < ending_limit_ns(UINT64_MAX, LAST_MAX_MS);
}

bool patience_for_more(struct patience *p)
{
	uint64_t now = clock_now_ns();
	bool ends = p->signals >= 0 && ending_since_ns();

	if (ends && now >= ending_limit_ns(UINT64_MAX, p->last_ms) && !is_slow(p, now)) {
		p->n_left++;
		return false;
	}
	p->n_last += ends;
	p->asked_ns = now;
	return true;
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
			p->n_last = limit != until_ns ? LAST_QUESTIONS : p->n_last;
			return false;
		}
		if (poll(fds, 2, (limit - now) / MS_NS + 1) < 0 && errno != EINTR)
			return false;
		if (fds[0].revents)
			return true;
	}
}
