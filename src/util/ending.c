/* SPDX-License-Identifier: GPL-2.0-only */
/* See ending.h. A blocked signal that nobody takes stays pending, and can be looked for anywhere.
 */
#include "util/ending.h"

#include <stdbool.h>
#include <stddef.h>

#include "util/clock.h"

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};

static uint64_t since_ns;

void ending_signals(sigset_t *ret)
{
	sigemptyset(ret);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(ret, ends[i]);
}

void ending_begin(void)
{
	if (!since_ns)
		since_ns = clock_now_ns();
}

static bool is_pending(void)
{
	sigset_t pending;
	bool any = false;

	if (sigpending(&pending))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		any |= sigismember(&pending, ends[i]) == 1;
	return any;
}

uint64_t ending_since_ns(void)
{
	if (!since_ns && is_pending())
		ending_begin();
	return since_ns;
}

uint64_t ending_limit_ns(uint64_t until_ns, unsigned ms)
{
	uint64_t since = ending_since_ns(), limit = since + ms * MS_NS;

	return since && limit < until_ns ? limit : until_ns;
}
