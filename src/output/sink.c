/* SPDX-License-Identifier: GPL-2.0-only */
/* See sink.h: what all sinks share. */
#include "output/sink.h"

#include <errno.h>

#include "util/text.h"

int sink_start(struct sink *s, const struct sink_start *info)
{
	return s && s->ops->start ? s->ops->start(s, info) : 0;
}

int sink_tick(struct sink *s, uint64_t wall_ns)
{
	return s && s->ops->tick ? s->ops->tick(s, wall_ns) : 0;
}

int sink_summary(struct sink *s, const struct sink_summary *sum)
{
	return s && s->ops->summary ? s->ops->summary(s, sum) : 0;
}

void sink_free(struct sink *s)
{
	if (s)
		s->ops->free(s);
}

int sink_put(struct sink *s, struct text *t)
{
	int r = 0;

	if (t->n && fwrite(t->s, 1, t->n, s->o.out) != t->n)
		r = -(errno ? errno : EIO);
	text_reset(t);
	return r;
}
