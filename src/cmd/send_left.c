/* SPDX-License-Identifier: GPL-2.0-only */
/* See send_left.h. */
#include "cmd/send_left.h"

#include <errno.h>
#include <stdlib.h>

#include "util/netlink.h"

#define TRIES_MAX 3 /* somebody changes the ruleset while it is read */

struct left_netns {
	struct mnl_socket *socket;
	bool had;		 /* the entry was there before, or may have been */
	struct ground_sets sets; /* before the packet, */
	bool sets_read;		 /* all of them */
};

int left_add(struct left *l)
{
	struct left_netns *more = realloc(l->rows, (l->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	l->rows = more;
	more[l->n] = (struct left_netns){.socket = netlink_open(NETLINK_NETFILTER)};
	return more[l->n++].socket ? 0 : -errno;
}

void left_before_connection(struct left *l, const struct ground_connection *c)
{
	for (size_t i = 0; i < l->n; i++) {
		bool answered;

		l->rows[i].had = ground_find_conntrack(l->rows[i].socket, c, &answered) != -ENOENT;
	}
}

static bool read_sets(const struct left_netns *n, struct ground_sets *ret)
{
	int r = ground_sets_read(n->socket, ret);

	for (int i = 1; r == -EINTR && i < TRIES_MAX; i++) {
		ground_sets_clear(ret);
		r = ground_sets_read(n->socket, ret);
	}
	return !r;
}

void left_before_packet(struct left *l)
{
	for (size_t i = 0; i < l->n; i++)
		l->rows[i].sets_read = read_sets(&l->rows[i], &l->rows[i].sets);
}

void left_after_packet(struct left *l, struct left_in_sets *ret)
{
	*ret = (struct left_in_sets){0};
	for (size_t i = 0; i < l->n; i++) {
		struct left_netns *n = &l->rows[i];
		const struct ground_set *grown = NULL;
		struct ground_sets after;

		if (read_sets(n, &after) && n->sets_read)
			grown = ground_sets_grown(&n->sets, &after);
		else
			ret->unread = true;
		if (grown)
			ret->grown = *grown;
		ret->uncounted += after.n_more;
		ground_sets_clear(&after);
		ground_sets_clear(&n->sets);
	}
}

/* In which zone it would be was not known before: there it is told by an answer that it has seen.
 */
static bool is_others(struct left_netns *n, const struct ground_connection *c, bool unanswered)
{
	bool answered;

	return n->had || (unanswered && c->zone &&
			  !ground_find_conntrack(n->socket, c, &answered) && answered);
}

int left_forget(struct left *l, const struct ground_connection *c, bool unanswered)
{
	int ret = 0;

	for (size_t i = 0; i < l->n && c->made.family; i++) {
		int r = is_others(&l->rows[i], c, unanswered)
				? -ENOENT
				: ground_delete_conntrack(l->rows[i].socket, c);

		if (r && r != -ENOENT && r != -EINVAL && r != -EOPNOTSUPP)
			ret = r;
	}
	return ret;
}
