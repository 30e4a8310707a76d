/* SPDX-License-Identifier: GPL-2.0-only */
/* See name.h. */
#include "host/name.h"

#include <stdio.h>
#include <string.h>

#include "util/clock.h"

/* An answer is asked for again when it is older; one that was no answer, a bit later. */
#define FRESH_NS   SECOND_NS
#define NOTHING_NS (4 * SECOND_NS)

bool name_change(struct name *name, const char *now, uint64_t asked_ns)
{
	name->until_ns = asked_ns + (now[0] ? FRESH_NS : NOTHING_NS);
	if (!now[0] || !strcmp(now, name->now))
		return false;
	name->has_before = name->now[0] || name->was_gone;
	memcpy(name->before, name->now, sizeof(name->before));
	snprintf(name->now, sizeof(name->now), "%.63s", now);
	name->changed_ns = name->seen_ns + 1;
	return true;
}

const char *name_at(struct name *name, uint64_t at_ns)
{
	if (at_ns > name->seen_ns)
		name->seen_ns = at_ns;
	return at_ns < name->changed_ns && name->has_before ? name->before : name->now;
}

#define LINGERS_NS SECOND_NS /* so long after it was there its last packets may come */

/* Whoever had it last may be the one that it meant, or somebody who came after that one and was
 * gone before it could be asked. */
bool name_gone(struct name *name)
{
	name->was_gone = true;
	if (!name->now[0])
		return false;
	memcpy(name->before, name->now, sizeof(name->before));
	name->has_before = true;
	name->now[0] = 0;
	name->changed_ns = name->sure_ns + (name->came ? 1 : LINGERS_NS);
	return true;
}

const char *name_last(const struct name *name)
{
	return name->now[0] ? name->now : name->before;
}

const char *name_then(struct name *name, uint64_t at_ns)
{
	return at_ns ? name_at(name, at_ns) : name_last(name);
}

void name_doubt(struct name *name, uint64_t calm_ns, bool came)
{
	name->until_ns = name->seen_ns + 1;
	if (!name->came && calm_ns > name->sure_ns)
		name->sure_ns = calm_ns;
	name->came |= came;
}
